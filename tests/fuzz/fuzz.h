/* SPDX-License-Identifier: ISC
 *
 * A fuzz target is a file target-NAME.c with one FUZZ_TARGET(NAME).  It gives
 * its input to a parser and checks what must hold of the result.  The same
 * code runs under libFuzzer (libfuzzer.c) and over the committed inputs of
 * corpus/NAME (replay.c).
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fuzz_target {
	const char *name;
	void (*run)(const uint8_t *data, size_t size);
};

/* The linker gathers them: a new file is found by itself. */
#define FUZZ_TARGET(id) \
	static void target_run_##id(const uint8_t *, size_t); \
	static const struct fuzz_target target_##id = { #id, \
	    target_run_##id }; \
	static const struct fuzz_target *const listed_##id \
	    __attribute__((used, section("fuzz_targets"))) = &target_##id; \
	static void target_run_##id(const uint8_t *data, size_t size)

/* What must hold, in any build. */
#define check(claim) \
	((claim) ? (void)0 : fuzz_failed(#claim, __FILE__, __LINE__))

static inline void __attribute__((noreturn))
fuzz_failed(const char *claim, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
	abort();
}

/* The input as a string, no byte longer: reading beyond it is seen. */
static inline char *
fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	check(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/*
 * The input as words, each ended by a NUL or the end; freed as one.  The list
 * ends in NULL, as argv does.
 */
struct fuzz_words {
	char	*text;
	char	*word[64];
	int	 count;
};

static inline struct fuzz_words
fuzz_words(const uint8_t *data, size_t size)
{
	struct fuzz_words w = { .text = fuzz_text(data, size) };

	for (char *p = w.text; p < w.text + size && w.count < 63;
	    p += strlen(p) + 1)
		w.word[w.count++] = p;
	return w;
}

/* The target of this name, or NULL. */
const struct fuzz_target *fuzz_find(const char *name);

/* All of them: number `i`, or NULL behind the last. */
const struct fuzz_target *fuzz_number(size_t i);

#endif
