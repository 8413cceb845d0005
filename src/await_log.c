/* SPDX-License-Identifier: ISC
 *
 * log:REGEX: a line of what this start has written.
 */
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "launch.h"
#include "ready.h"

#define LINE_BYTES	8192	/* a longer line is looked at in pieces */
#define LOOK_BYTES	1048576	/* so that others have their turn */

struct reader {
	bool	begun;
	struct mark at;
	size_t	length;		/* of the line so far */
	char	line[LINE_BYTES + 1];
};

struct log_state {
	regex_t		regex;
	bool		failed;		/* for lack of memory, it cannot tell */
	struct reader	reader[3];
};

static int
open_log(struct launch *l, struct await *a)
{
	struct log_state *s = calloc(1, sizeof *s);

	(void)l;
	if (s == NULL)
		return errno;
	if (regcomp(&s->regex, a->condition->value,
	    REG_EXTENDED | REG_NOSUB) != 0) {
		free(s);
		return ENOMEM;
	}
	a->state = s;
	return 0;
}

static bool
line_matches(struct log_state *s, struct reader *r)
{
	int error;

	/* What is no text must not hide the rest of its line. */
	for (size_t i = 0; i < r->length; i++)
		if (r->line[i] == '\0')
			r->line[i] = ' ';
	r->line[r->length] = '\0';
	r->length = 0;
	/* glibc calls it REG_NOMATCH. */
	errno = 0;
	error = regexec(&s->regex, r->line, 0, NULL, 0);
	s->failed |= error != 0 && (error != REG_NOMATCH || errno == ENOMEM);
	return error == 0;
}

/* Does a line end in this text, and match? */
static bool
take_text(struct log_state *s, struct reader *r, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] != '\n')
			r->line[r->length++] = text[i];
		if ((text[i] == '\n' || r->length == LINE_BYTES) &&
		    line_matches(s, r))
			return true;
	}
	return false;
}

/* A line that matches?  *more: there may be more to read. */
static bool
read_output(struct log_state *s, struct reader *r, const struct output *o,
    bool *more)
{
	char buffer[MARK_BUFFER];
	const char *text;
	bool anew;
	ssize_t n;

	if (!r->begun)
		r->at = o->start;
	r->begun = true;
	for (size_t all = 0; all < LOOK_BYTES; all += (size_t)n) {
		n = mark_read(&r->at, o->fd, buffer, &text, &anew);
		if (anew)
			r->length = 0;
		if (n <= 0)
			return false;
		if (take_text(s, r, text, (size_t)n))
			return true;
	}
	*more = true;
	return false;
}

static bool
read_outputs(struct log_state *s, const struct evidence *e, bool *more)
{
	bool met = false;

	*more = false;
	for (int i = 1; i <= 2 && !met; i++)
		if (e->output[i].fd != -1)
			met = read_output(s, &s->reader[i], &e->output[i],
			    more);
	return met;
}

static int
look_log(struct launch *l, struct await *a)
{
	const struct ready *r = l->ready;
	const struct evidence *e = &r->evidence;
	struct log_state *s = a->state;
	bool late = r->turn >= r->deadline, more;

	if (e->output[1].fd == -1 && e->output[2].fd == -1)
		return fault_set(&l->fault, STEP_ready, REASON_UNREADABLE,
		    a->condition->text);
	/* The last look is at all that was written in time. */
	do
		a->met = read_outputs(s, e, &more);
	while (!a->met && more && late &&
	    clock_milliseconds() < ready_look_limit(l));
	/* Whoever has fallen behind makes no pause. */
	if (more)
		a->next = clock_milliseconds() + 1;
	return s->failed && !a->met ? fault_set(&l->fault, STEP_ready, ENOMEM,
	    a->condition->text) : 0;
}

static void
close_log(struct launch *l, struct await *a)
{
	struct log_state *s = a->state;

	(void)l;
	if (s == NULL)
		return;
	regfree(&s->regex);
	free(s);
}

const struct await_kind await_log = { .open = open_log, .look = look_log,
    .close = close_log };
