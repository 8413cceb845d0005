/* SPDX-License-Identifier: ISC
 *
 * The process group that a daemon leads, or has led.  Its number cannot mean
 * another group as long as it has members; the session tells them from those of
 * a later one.  Each member is held by a pidfd before it is looked at.
 */
#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "control.h"
#include "parse.h"
#include "pidfd.h"
#include "proc.h"
#include "report.h"

static bool
is_member(pid_t pid, pid_t group, pid_t session)
{
	struct proc_stat stat;

	return getpgid(pid) == group && getsid(pid) == session &&
	    proc_read_stat(pid, &stat) == 0 && !proc_is_dead(&stat);
}

/* 0 or an errno value; ESRCH: it is no member. */
static int
signal_member(pid_t pid, pid_t group, pid_t session, int signal)
{
	int pidfd = pidfd_open_of(pid), error = ESRCH;

	if (pidfd == -1 && errno != ENOSYS)
		return ESRCH;
	if (is_member(pid, group, session))
		error = pidfd_or_kill(pidfd, pid, signal);
	if (pidfd != -1)
		close(pidfd);
	return error;
}

int
group_signal(pid_t group, pid_t session, int signal)
{
	const struct dirent *entry;
	DIR *dir = opendir("/proc");
	int result = ESRCH, error, pid;

	/* What nobody can see is not known to be gone. */
	if (dir == NULL || !proc_is_ours()) {
		if (dir != NULL)
			closedir(dir);
		return REASON_NO_PROC;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (parse_fd(entry->d_name, &pid) != 0 || pid < 1 ||
		    getpgid(pid) != group)
			continue;
		error = signal_member(pid, group, session, signal);
		/* One that is there, and cannot be signalled, is said. */
		if (error != ESRCH && (result == ESRCH || error != 0))
			result = error;
	}
	closedir(dir);
	return result;
}
