/* SPDX-License-Identifier: ISC
 *
 * The progress of a long wait.
 */
#include <sys/ioctl.h>

#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "launch.h"
#include "progress.h"
#include "ready.h"

#define PROGRESS_EVERY	1000	/* milliseconds */
#define PROGRESS_WIDTH	256

int64_t
progress_next(const struct ready *r)
{
	return r->told + PROGRESS_EVERY;
}

/* Only a terminal that we are in the foreground of. */
static bool
has_reader(const struct launch *l)
{
	return !l->spec->quiet && isatty(l->messages) &&
	    tcgetpgrp(l->messages) == getpgrp();
}

static void
put_line(const struct launch *l, const char *text)
{
	struct winsize size = { .ws_col = 80 };
	char line[PROGRESS_WIDTH + 8];
	int width, n;

	(void)ioctl(l->messages, TIOCGWINSZ, &size);
	width = size.ws_col > 1 ? size.ws_col - 1 : 79;
	if (width > PROGRESS_WIDTH)
		width = PROGRESS_WIDTH;
	/* Blanks over what is left of the last line. */
	n = snprintf(line, sizeof line, "\r%-*.*s\r", width, width, text);
	(void)!write(l->messages, line, (size_t)n);
}

void
progress_show(struct launch *l, const char *what)
{
	struct ready *r = l->ready;
	int64_t now = clock_milliseconds();
	char text[NOTIFY_STATUS + 160];

	if (now < progress_next(r))
		return;
	r->told = now;
	if (!has_reader(l))
		return;
	r->shown = true;
	/* What changes has its place on a narrow terminal, too. */
	snprintf(text, sizeof text, "daemonize: waiting %d s for %.40s%s%s",
	    (int)((now - r->began) / 1000), what,
	    r->status[0] != '\0' ? ": " : "", r->status);
	defuse(text);
	put_line(l, text);
}

void
progress_clear(struct launch *l)
{
	if (l->ready->shown)
		put_line(l, "");
	l->ready->shown = false;
}
