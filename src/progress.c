/* SPDX-License-Identifier: ISC
 *
 * The progress of a long wait.
 */
#include <sys/ioctl.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "launch.h"
#include "progress.h"
#include "ready.h"
#include "utf8.h"

#define PROGRESS_EVERY	1000	/* milliseconds */
#define PROGRESS_WIDTH	256
#define PROGRESS_BYTES	(NOTIFY_STATUS + 160)

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

/*
 * How much of it, in whole characters, surely takes no more columns: nothing
 * that is wider than one is shorter than three bytes.  The text is UTF-8.
 */
static int
fitting(const char *text, int columns)
{
	const char *p = text;

	while (*p != '\0') {
		size_t n = utf8_sequence((const unsigned char *)p, strlen(p));

		columns -= n > 2 ? 2 : 1;
		if (columns < 0)
			break;
		p += n;
	}
	return (int)(p - text);
}

static void
put_line(const struct launch *l, const char *text)
{
	struct winsize size = { .ws_col = 80 };
	char line[PROGRESS_WIDTH + PROGRESS_BYTES + 8];
	int width, n;

	(void)ioctl(l->messages, TIOCGWINSZ, &size);
	width = size.ws_col > 1 ? size.ws_col - 1 : 79;
	if (width > PROGRESS_WIDTH)
		width = PROGRESS_WIDTH;
	/* Blanks over the last line: who knows how wide this one will be. */
	n = snprintf(line, sizeof line, "\r%*s\r%.*s\r", width, "",
	    fitting(text, width), text);
	(void)!write(l->messages, line, (size_t)n);
}

void
progress_show(struct launch *l, const char *what)
{
	struct ready *r = l->ready;
	int64_t now = clock_milliseconds();
	char text[PROGRESS_BYTES], awaited[41];

	if (now < progress_next(r))
		return;
	r->told = now;
	if (!has_reader(l))
		return;
	r->shown = true;
	/* What changes has its place on a narrow terminal, too. */
	text_fit(awaited, sizeof awaited, "%s", what);
	snprintf(text, sizeof text, "daemonize: waiting %d s for %s%s%s",
	    (int)((now - r->began) / 1000), awaited,
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
