/* SPDX-License-Identifier: ISC
 *
 * file:PATH: a file that was not there before the start.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "compat.h"
#include "launch.h"
#include "ready.h"

/*
 * A file system may give a new file the number of one that has just gone: the
 * time of its birth tells them apart, where it is known.
 */
static int
look_at(const char *path, struct statx *st)
{
	return statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, st) == -1 ?
	    errno : 0;
}

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
	struct statx *before = calloc(1, sizeof *before);

	if (before == NULL)
		return errno;
	a->state = before;
	if (look_at(path_of(l, a), before) != 0)
		before->stx_mask = 0;
	return 0;
}

static int
look_file(struct launch *l, struct await *a)
{
	const struct statx *before = a->state;
	struct statx now;

	if (look_at(path_of(l, a), &now) == 0)
		a->met = before->stx_mask == 0 || !is_same(before, &now);
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
