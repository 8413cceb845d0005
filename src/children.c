/* SPDX-License-Identifier: ISC
 *
 * The ends of children: waitpid(2), without waiting for ever.
 */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#include "children.h"
#include "proc.h"

/* Has a tenth of a second passed without one? */
static bool
wait_for_sigchld(void)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };
	sigset_t chld;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	return sigtimedwait(&chld, NULL, &tenth) == -1;
}

int
reap(pid_t pid, int tenths)
{
	bool quiet = false;

	for (int i = 0; i < tenths; i++) {
		/* First: whoever ends in between is reaped. */
		bool dead = quiet && pid_is_zombie(pid);
		pid_t reaped = waitpid(pid, NULL, WNOHANG);

		if (reaped != 0)
			return reaped == -1 ? errno : 0;
		if (dead)
			return 0;
		quiet = wait_for_sigchld();
	}
	return ETIMEDOUT;
}

int
child_look(pid_t pid, siginfo_t *info)
{
	info->si_pid = 0;
	return waitid(P_PID, (id_t)pid, info, WEXITED | WNOHANG |
	    WNOWAIT) == -1 ? errno : 0;
}

int
child_look_again(pid_t pid, int tenths, siginfo_t *info)
{
	int error = child_look(pid, info);

	for (int i = 0; error == 0 && info->si_pid == 0 && i < tenths; i++) {
		(void)wait_for_sigchld();
		error = child_look(pid, info);
	}
	return error;
}

enum end
end_child(pid_t pid)
{
	enum end end = END_DUE;
	pid_t reaped;
	int error;

	do
		reaped = waitpid(pid, NULL, WNOHANG);
	while (reaped > 0 && pid < 0);
	/* Ended before, or none of ours. */
	if (reaped != 0)
		return END_GONE;
	/* A new user's, without CAP_KILL, unless it is about to end. */
	if (kill(pid, SIGKILL) == -1 && errno == EPERM)
		end = END_NOT;
	/* It may have left the group meanwhile. */
	do
		error = reap(pid, end == END_NOT ? REAP_GRACE : REAP_LIMIT);
	while (error == 0 && pid < 0);
	return error == 0 || error == ECHILD ? END_GONE : end;
}
