/* SPDX-License-Identifier: ISC
 *
 * --nice, --oom-score-adj, --ionice, --sched and --cpus: one text for each.
 */
#include <sched.h>
#include <stdbool.h>

#include "sched.h"

#include "fuzz.h"

/* A parser leaves everything but its own members alone, and a refusal all. */
static struct sched
parse(int (*parser)(const char *, struct sched *), const char *text,
    int *error)
{
	struct sched s, untouched;

	memset(&s, 0, sizeof s);
	memcpy(&untouched, &s, sizeof s);
	*error = parser(text, &s);
	if (*error != 0)
		check(memcmp(&s, &untouched, sizeof s) == 0);
	return s;
}

static void
check_numbers(const char *text)
{
	struct sched s;
	char printed[16];
	int error;

	s = parse(sched_parse_nice, text, &error);
	if (error == 0) {
		check(s.nice_asked && s.nice >= -20 && s.nice <= 19);
		snprintf(printed, sizeof printed, "%d", s.nice);
		check(strcmp(printed, text) == 0);
	}
	s = parse(sched_parse_oom, text, &error);
	if (error == 0) {
		check(s.oom_asked && s.oom_score_adj >= -1000 &&
		    s.oom_score_adj <= 1000);
		snprintf(printed, sizeof printed, "%d", s.oom_score_adj);
		check(strcmp(printed, text) == 0);
	}
}

static void
check_words(const char *text)
{
	struct sched s, again;
	char printed[32];
	int error, level, class;

	s = parse(sched_parse_io, text, &error);
	if (error == 0) {
		class = s.io_priority >> IO_LEVEL_BITS;
		level = s.io_priority & ((1 << IO_LEVEL_BITS) - 1);
		check(s.io_asked && class >= IO_NONE && class <= IO_IDLE);
		check(level >= 0 && level <=
		    (class == IO_RT || class == IO_BE ? 7 : 0));
		io_format(s.io_priority, printed, sizeof printed);
		again = parse(sched_parse_io, printed, &error);
		check(error == 0 && again.io_priority == s.io_priority);
	}
	s = parse(sched_parse_policy, text, &error);
	if (error == 0) {
		bool ranked = s.policy == SCHED_FIFO || s.policy == SCHED_RR;

		check(s.policy_asked && (ranked ? s.priority >= 1 &&
		    s.priority <= 99 : s.priority == 0));
		policy_format(s.policy, s.priority, printed, sizeof printed);
		again = parse(sched_parse_policy, printed, &error);
		check(error == 0 && again.policy == s.policy &&
		    again.priority == s.priority);
	}
}

/* One number without a leading zero, below the greatest; *text moves on. */
static bool
take_number(const char **text, size_t *number)
{
	const char *first = *text;

	for (*number = 0; **text >= '0' && **text <= '9'; ++*text)
		if (*number < CPUS_MAX)
			*number = *number * 10 + (size_t)(**text - '0');
	return *text > first && (*first != '0' || *text == first + 1) &&
	    *number < CPUS_MAX;
}

/* FIRST[-LAST[:STEP]]; *text moves behind it. */
static bool
take_range(const char **text, bool set[CPUS_MAX])
{
	size_t first, last, step = 1;

	if (!take_number(text, &first))
		return false;
	last = first;
	if (**text == '-') {
		++*text;
		if (!take_number(text, &last) || last < first)
			return false;
		if (**text == ':') {
			++*text;
			if (!take_number(text, &step) || step == 0)
				return false;
		}
	}
	for (; first <= last; first += step)
		set[first] = true;
	return true;
}

/* The list once more, a CPU at a time; false: it is none. */
static bool
slow_cpus(const char *text, bool set[CPUS_MAX])
{
	do {
		if (!take_range(&text, set))
			return false;
	} while (*text++ == ',');
	return text[-1] == '\0';
}

static void
check_cpus(const char *text)
{
	static bool set[CPUS_MAX];
	static char printed[5 * CPUS_MAX];
	struct sched s, again;
	char small[8];
	int error;

	memset(set, 0, sizeof set);
	s = parse(sched_parse_cpus, text, &error);
	check((error == 0) == slow_cpus(text, set));
	if (error != 0)
		return;
	for (size_t i = 0; i < CPUS_MAX; i++)
		check(set[i] == ((s.cpus[i / CPU_BITS] >> i % CPU_BITS &
		    1) != 0));
	cpus_format(s.cpus, printed, sizeof printed);
	cpus_format(s.cpus, small, sizeof small);
	check(strlen(small) < sizeof small &&
	    strncmp(small, printed, strlen(small)) == 0);
	again = parse(sched_parse_cpus, printed, &error);
	check(error == 0 && memcmp(again.cpus, s.cpus, sizeof s.cpus) == 0);
}

FUZZ_TARGET(sched)
{
	char *text = fuzz_text(data, size);

	check_numbers(text);
	check_words(text);
	check_cpus(text);
	free(text);
}
