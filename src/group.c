/* SPDX-License-Identifier: ISC
 *
 * The process group that a daemon leads, or has led.  Its number cannot mean
 * another group as long as it has members; the session tells them from those of
 * a later one.  Each member is held by a pidfd before it is looked at.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "control.h"
#include "parse.h"
#include "pidfd.h"
#include "proc.h"
#include "report.h"

/* 0: a member; ESRCH: none, or dead; or why nobody can tell. */
static int
look_at_member(pid_t pid, const struct target *t)
{
	struct proc_stat stat;
	pid_t of;

	if (getpgid(pid) != t->pid)
		return ESRCH;
	if ((of = getsid(pid)) == -1)
		return errno;
	/* One that cannot be read is not known to be dead. */
	return of != t->session || (proc_read_stat(pid, &stat) == 0 &&
	    proc_is_dead(&stat)) ? ESRCH : 0;
}

/* 0, an errno value or a reason; ESRCH: it is no member. */
static int
signal_member(pid_t pid, const struct target *t, int signal)
{
	int pidfd = pidfd_open_of(pid), owner, error;

	if (pidfd == -1 && errno != ENOSYS)
		return errno;
	/* In this order: one that ends meanwhile has no owner. */
	owner = target_owner(t, pid);
	error = look_at_member(pid, t);
	if (error == 0)
		error = owner;
	if (error == 0)
		error = pidfd_or_kill(pidfd, pid, signal);
	if (pidfd != -1)
		close(pidfd);
	return error;
}

/* Those that /proc shows. */
static int
signal_members(const struct target *t, DIR *dir, int signal)
{
	const struct dirent *entry;
	int result = ESRCH, error, pid;

	for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0) {
		if (parse_fd(entry->d_name, &pid) != 0 || pid < 1 ||
		    getpgid(pid) != t->pid)
			continue;
		error = signal_member(pid, t, signal);
		/* One that is there, and cannot be signalled, is said. */
		if (error != ESRCH && (result == ESRCH || error != 0))
			result = error;
	}
	/* What has not been read may have more of them. */
	return result == ESRCH && errno != 0 ? errno : result;
}

int
group_signal(const struct target *t, int signal)
{
	struct proc_stat init;
	DIR *dir;
	int error;

	/* What nobody can see is not known to be gone. */
	if (!proc_is_ours())
		return REASON_NO_PROC;
	dir = opendir("/proc");
	if (dir == NULL)
		return errno;
	error = signal_members(t, dir, signal);
	closedir(dir);
	/*
	 * hidepid= hides what is another user's, but not from this, which
	 * cannot tell zombies.
	 */
	if (error == ESRCH && proc_read_stat(1, &init) == -1)
		error = kill(-t->pid, 0) == 0 ? 0 : errno;
	return error;
}
