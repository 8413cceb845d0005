/* SPDX-License-Identifier: ISC
 *
 * file:PATH: a file that was not there before the start.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "aside.h"
#include "clock.h"
#include "compat.h"
#include "launch.h"
#include "ready.h"
#include "ready_end.h"

/* Before the start; nobody has said how long that may take. */
#define FIRST_LIMIT	5000	/* milliseconds */

struct look {
	const char	*path;
	int		 error;
	struct statx	 found;
};

static void
look_at(struct launch *l, void *context)
{
	struct look *look = context;

	(void)l;
	look->error = get_statx(AT_FDCWD, look->path, 0, STATX_INO |
	    STATX_BTIME, &look->found) == -1 ? errno : 0;
}

/*
 * A file system may give a new file the number of one that has just gone: the
 * time of its birth tells them apart, where it is known.
 */
static bool
is_same(const struct statx *a, const struct statx *b)
{
	return a->stx_dev_major == b->stx_dev_major &&
	    a->stx_dev_minor == b->stx_dev_minor && a->stx_ino == b->stx_ino &&
	    ((a->stx_mask & b->stx_mask & STATX_BTIME) == 0 ||
	    (a->stx_btime.tv_sec == b->stx_btime.tv_sec &&
	    a->stx_btime.tv_nsec == b->stx_btime.tv_nsec));
}

static const char *
path_of(const struct launch *l, const struct await *a)
{
	return l->to->awaited[a->condition - l->spec->ready];
}

static int
open_file(struct launch *l, struct await *a)
{
	struct look *look = calloc(1, sizeof *look);
	int error;

	if (look == NULL)
		return errno;
	a->state = look;
	look->path = path_of(l, a);
	error = aside(l, look_at, look, sizeof *look,
	    clock_milliseconds() + FIRST_LIMIT);
	/* Whoever cannot look now could not tell a new file from an old one. */
	if (error == 0)
		return look->error == ENOENT || look->error == ENOTDIR ? 0 :
		    look->error;
	if (error != ETIMEDOUT)
		return error;
	if (!ready_is_told(l))
		return REASON_UNANSWERED;
	ready_hear_signal(l);
	return REASON_INTERRUPTED;
}

static int
look_file(struct launch *l, struct await *a)
{
	const struct look *before = a->state;
	struct look now = { .path = before->path };

	a->unseen = aside(l, look_at, &now, sizeof now, ready_look_limit(l));
	if (a->unseen == 0 && now.error == 0)
		a->met = before->error != 0 ||
		    !is_same(&before->found, &now.found);
	return 0;
}

static void
close_file(struct launch *l, struct await *a)
{
	(void)l;
	free(a->state);
}

const struct await_kind await_file = { .open = open_file, .look = look_file,
    .close = close_file };
