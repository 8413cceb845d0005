/* SPDX-License-Identifier: ISC
 *
 * A program that a SIGSEGV ended as soon as it was executed.
 */
#include <sys/resource.h>

#include <errno.h>

#include "aside.h"
#include "clock.h"
#include "crash.h"
#include "program.h"
#include "ready_end.h"

/* Did the kernel end it, because the file lacks what it wanted to map? */
static bool
is_cut_off(const struct launch *l)
{
	char path[PROGRAM_PATH], detail[FAULT_DETAIL];

	int error = program_find(l->to, l->spec->argv[0], path);

	if (error == 0)
		error = program_examine(path, detail);
	return error == REASON_NO_FORMAT || error == REASON_BAD_LOADER;
}

/* It was that user's to say what its name means. */
static void
look(struct launch *l, void *cut_off)
{
	if (aside_become(l->to) == 0)
		*(bool *)cut_off = is_cut_off(l);
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
