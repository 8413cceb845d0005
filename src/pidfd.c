/* SPDX-License-Identifier: ISC
 *
 * pidfd_open(2) and pidfd_send_signal(2).
 */
#include <sys/syscall.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "pidfd.h"

/* Older headers lack these; the numbers are the same everywhere. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open	434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal	424
#endif

int
pidfd_open_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int
pidfd_signal(int pidfd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

bool
pidfd_has_ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLIN) != 0;
}

/* Everybody may signal himself, unless a filter has it that nobody may. */
static bool
is_filtered(void)
{
	int self = pidfd_open_of(getpid());
	bool filtered = self != -1 && pidfd_signal(self, 0) == -1 &&
	    errno == EPERM;

	if (self != -1)
		close(self);
	return filtered;
}

int
pidfd_or_kill(int pidfd, pid_t pid, int signal)
{
	int error = pidfd == -1 || pidfd_signal(pidfd, signal) == 0 ? 0 :
	    errno;

	if (pidfd != -1 && error != ENOSYS &&
	    !(error == EPERM && is_filtered()))
		return error;
	/* By now its number may be another's. */
	if (pidfd != -1 && pidfd_has_ended(pidfd))
		return ESRCH;
	return kill(pid, signal) == -1 ? errno : 0;
}
