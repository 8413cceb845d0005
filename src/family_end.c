/* SPDX-License-Identifier: ISC
 *
 * Ending a daemon and its descendants; and where there is no /proc, all that
 * are in the process group it leads.
 */
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "aside.h"
#include "family.h"
#include "pidfd.h"
#include "proc.h"

#define REAPED_MAX	1000	/* at once: others may bear them as fast */

/*
 * Is the daemon or an orphan left, who is a child of ours, in the daemon's
 * group, or in any?  Of zombies, only one that is traced is waited for like
 * this.
 */
static bool
has_children(const struct family *f, bool in_group)
{
	siginfo_t info;

	if (in_group && f->group == 0)
		return false;
	return waitid(in_group ? P_PGID : P_ALL, (id_t)f->group, &info,
	    WSTOPPED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

static bool
has_helpers(const struct family *f)
{
	for (int i = 0; i < FAMILY_HELPERS; i++)
		if (f->helper[i].pid != 0)
			return true;
	return false;
}

bool
family_is_gone(const struct family *f)
{
	bool alone = f->alone && !has_helpers(f), found;
	int error;

	if (alone && !has_children(f, false))
		return true;
	error = family_find(f, &found);
	if (found || error == 0)
		return !found;
	return !alone && !proc_is_ours() && !has_children(f, true);
}

bool
family_goes(struct family *f, int milliseconds)
{
	for (int i = 0; i < milliseconds && !family_is_gone(f); i++) {
		family_reap(f);
		(void)poll(NULL, 0, 1);
	}
	return family_is_gone(f);
}

bool
family_is_out_of_reach(const struct family *f)
{
	if (proc_is_ours())
		return family_is_gone(f);
	return !has_children(f, true);
}

struct signalling {
	const struct family	*family;
	int			 signal;
};

/* Held by a pidfd before it is looked at once more, no other is signalled. */
static bool
signal_one(pid_t pid, void *context)
{
	const struct signalling *s = context;
	int pidfd = pidfd_open_of(pid);

	if (pidfd == -1 && errno == ESRCH)
		return true;
	if (family_has(s->family, pid))
		(void)pidfd_or_kill(pidfd, pid, s->signal);
	if (pidfd != -1)
		close(pidfd);
	return true;
}

void
family_signal(const struct family *f, int signal)
{
	struct signalling s = { f, signal };

	if (proc_is_ours())
		(void)family_visit(f, signal_one, &s);
	else if (f->daemon != 0 || has_children(f, true))
		/* No other group has the number before we reap them all. */
		(void)kill(-f->group, signal);
}

/* Will it be signalled by its number, or asked how it ended? */
static bool
is_needed(const struct family *f, pid_t pid)
{
	bool needed = pid == f->daemon || pid == f->check;

	for (int i = 0; i < FAMILY_HELPERS; i++)
		needed = needed || (f->helper[i].pid == pid &&
		    !f->helper[i].left);
	return needed;
}

/* What a check has left in a session of its own is none of the daemon's. */
static void
note_end(struct family *f, const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED && info->si_status == 0)
		return;
	if (!family_is_helper(f, info->si_pid) &&
	    (!f->checked || getsid(info->si_pid) == f->session))
		f->failed = *info;
}

void
family_reap(struct family *f)
{
	siginfo_t info;

	/* Of the caller's children, nobody but it may learn. */
	for (int i = 0; f->alone && i < REAPED_MAX; i++) {
		aside_reap_left(f);
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) ==
		    -1 || info.si_pid == 0 || is_needed(f, info.si_pid))
			return;
		note_end(f, &info);
		(void)waitpid(info.si_pid, NULL, 0);
	}
}
