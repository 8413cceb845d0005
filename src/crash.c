/* SPDX-License-Identifier: ISC
 *
 * A program that a SIGSEGV ended as soon as it was executed.
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "aside.h"
#include "binary.h"
#include "clock.h"
#include "crash.h"
#include "paths.h"
#include "program.h"
#include "ready_end.h"

/*
 * Its user need not be able to read it, so look before: by no link of that
 * user, and at nothing that it names.  `fds` is our own /proc/self/fd, which a
 * new root need not have.
 */
static bool
find_cut_off(const struct launch *l, int fds, struct stat *file)
{
	char path[PROGRAM_PATH], name[16];
	int found, fd;
	bool cut_off;

	if (!l->to->account.differs ||
	    program_find(l->to, l->spec->argv[0], path) != 0 ||
	    place_open(path, &l->to->account, NO_UID, &found) != 0)
		return false;
	snprintf(name, sizeof name, "%d", found);
	fd = fstat(found, file) == 0 && S_ISREG(file->st_mode) ?
	    openat(fds, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	cut_off = fd != -1 && binary_is_cut_off(fd);
	if (fd != -1)
		close(fd);
	close(found);
	return cut_off;
}

/* Did the kernel end it, because the file lacks what it wanted to map? */
static bool
is_cut_off(const struct launch *l, const struct stat *known)
{
	char path[PROGRAM_PATH], detail[FAULT_DETAIL];
	int error = program_find(l->to, l->spec->argv[0], path);
	struct stat st;

	if (error == 0)
		error = program_examine(path, detail);
	if (error == 0 && known != NULL)
		return stat(path, &st) == 0 && same_file(&st, known);
	return error == REASON_NO_FORMAT || error == REASON_BAD_LOADER;
}

/* It was that user's to say what its name means. */
static void
look(struct launch *l, void *cut_off)
{
	int fds = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat file;
	bool known;

	if (aside_enter_root(l->to) != 0)
		return;
	known = find_cut_off(l, fds, &file);
	if (fds != -1)
		close(fds);
	if (aside_become_user(l->to) == 0)
		*(bool *)cut_off = is_cut_off(l, known ? &file : NULL);
}

/* The daemon had what was asked for, or else the caller's, as we have. */
static bool
is_limited(const struct limits *limits, enum limit limit)
{
	struct rlimit now = limits->value[limit];

	return (limits->asked[limit] ||
	    getrlimit(limit_resource(limit), &now) == 0) &&
	    now.rlim_cur != RLIM_INFINITY;
}

int
crash_reason(struct launch *l)
{
	const struct limits *limits = &l->spec->limits;
	bool cut_off = false;
	int error = aside(l, look, &cut_off, sizeof cut_off,
	    clock_milliseconds() + ASIDE_LOOK);

	if (error == ETIMEDOUT && ready_is_told(l))
		return REASON_INTERRUPTED;
	if (error == 0 && cut_off)
		return REASON_AT_EXEC;
	return is_limited(limits, LIMIT_as) || is_limited(limits, LIMIT_data) ||
	    (limits->asked[LIMIT_stack] && is_limited(limits, LIMIT_stack)) ?
	    REASON_AT_ONCE : 0;
}
