/* SPDX-License-Identifier: ISC
 *
 * pidfd_open(2) and pidfd_send_signal(2).
 */
#include <sys/syscall.h>

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

int
pidfd_signal(int pidfd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}
