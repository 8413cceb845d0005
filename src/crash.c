/* SPDX-License-Identifier: ISC
 *
 * A program that a SIGSEGV ended as soon as it was executed.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <signal.h>
#include <unistd.h>

#include "crash.h"
#include "privs.h"
#include "program.h"
#include "wait.h"

/* Did the kernel end it, because the file lacks what it wanted to map? */
static bool
is_cut_off(const struct launch *l)
{
	char path[PROGRAM_PATH], detail[FAULT_DETAIL];

	return program_find(l->to, l->spec->argv[0], path) == 0 &&
	    program_examine(path, detail) == REASON_NO_FORMAT;
}

/* Where the daemon was, and with its rights: see the steps of that name. */
static bool
be_where_it_was(const struct resolved *to)
{
	const struct account *account = &to->account;

	return (to->chroot == NULL ||
	    (chroot(to->chroot) == 0 && chdir("/") == 0)) &&
	    (!account->differs || (privs_set_groups(account) == 0 &&
	    privs_set_gid(account) == 0 && privs_set_uid(account) == 0));
}

/* In another root, or in another user's PATH, a child has to look. */
static bool
is_cut_off_there(const struct launch *l)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(be_where_it_was(l->to) && is_cut_off(l) ? 1 : 0);
	if (child == -1)
		return false;
	/* By now it is that user's to stop. */
	if (reap(child, &status) != 0) {
		(void)kill(child, SIGKILL);
		(void)reap(child, NULL);
		return false;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 1;
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
crash_reason(const struct launch *l)
{
	const struct limits *limits = &l->spec->limits;

	if (l->to->chroot == NULL && l->to->program != NULL ? is_cut_off(l) :
	    is_cut_off_there(l))
		return REASON_AT_EXEC;
	return is_limited(limits, LIMIT_as) || is_limited(limits, LIMIT_data) ||
	    (limits->asked[LIMIT_stack] && is_limited(limits, LIMIT_stack)) ?
	    REASON_AT_ONCE : 0;
}
