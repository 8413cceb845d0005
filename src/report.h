/* SPDX-License-Identifier: ISC
 *
 * What went wrong, where, and why: one fault, one line, one exit status.
 * Every process of a start can fill one in; only the front prints it.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum status {
#define STATUS(name, number) EXIT_##name = (number),
#include "statuses.def"
};

/* The checks and steps, in the order of steps.def. */
enum step {
#define CHECK(name, status, words) STEP_##name,
#define STEP(name, process, when, status, words) STEP_##name,
#define DETACH(name, process, when, status, words) STEP_##name,
#include "steps.def"
	STEP_COUNT
};

/* Reasons share an int with errno values, which end far below. */
enum reason {
	REASON_FIRST = 10000,
#define REASON(name, status, text) REASON_##name,
#include "reasons.def"
	REASON_END
};

#define FAULT_OBJECT 640
#define FAULT_DETAIL 256

struct fault {
	enum step step;
	int error;			/* an errno value or a reason */
	char object[FAULT_OBJECT];	/* what it was done to, may be empty */
	char detail[FAULT_DETAIL];	/* more on the reason, may be empty */
};

/* A text that fills its room, of 8 bytes or more, is to end in "...". */
void	text_cut(char *, size_t);

/* snprintf(3), but a text that is too long ends in "...". */
void	text_fit(char *, size_t, const char *, ...)
	    __attribute__((format(printf, 3, 4)));

/* Fill in a fault, so that it fits.  `object` may be NULL.  Returns error. */
int	fault_set(struct fault *, enum step, int error, const char *object);

/* Add a detail, as printf(3) does.  Returns the fault's error. */
int	fault_detail(struct fault *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/* A misused option: the detail is the whole reason.  Returns its error. */
int	fault_usage(struct fault *, const char *object, const char *, ...)
	    __attribute__((format(printf, 3, 4)));

enum status	 fault_status(const struct fault *);
const char	*step_name(enum step);
const char	*step_words(enum step);
const char	*error_text(int error);

/*
 * Keep a hostile name from breaking out of its line: no control characters,
 * nothing that turns text around, nothing but UTF-8.
 */
void	defuse(char *);

/* Print `daemonize: cannot DO: OBJECT: REASON` on a descriptor. */
void	fault_print(const struct fault *, int fd);

/* Print it on standard error.  The exit status. */
int	fault_fail(const struct fault *);

/* The same for a fault that is nothing but this. */
int	fail_with(enum step, int error, const char *object);

/*
 * Is all of standard output written?  0 or an errno value; a SIGPIPE that is
 * held back ends the process.
 */
int	flush_output(void);

/*
 * Print a line of somebody else's, indented and with nothing that acts.  Only
 * the end of a long one, after "..."; so with one that is `cut` already.
 */
void	note_quoted(int fd, const char *line, bool cut);

/* Print `daemonize: ...` on a descriptor, whole and in one line. */
void	note(int fd, const char *, ...) __attribute__((format(printf, 2, 3)));

#endif
