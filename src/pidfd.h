/* SPDX-License-Identifier: ISC
 *
 * pidfd_open(2) and pidfd_send_signal(2), which not every libc has.
 */
#ifndef PIDFD_H
#define PIDFD_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Close-on-exec.  -1 with errno: ENOSYS where the kernel has none, EPERM where
 * a seccomp(2) filter forbids it.
 */
int	pidfd_open_of(pid_t);

/* Zombies count: pidfd_open(2). */
bool	pidfd_has_ended(int pidfd);

/*
 * Signal a process that has just been looked at: through its pidfd, or where
 * the kernel has none (-1), cannot do that, or a filter forbids it, by its
 * number.  0 or an errno value.
 */
int	pidfd_or_kill(int pidfd, pid_t, int signal);

#endif
