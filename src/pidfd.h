/* SPDX-License-Identifier: ISC
 *
 * pidfd_open(2) and pidfd_send_signal(2), which not every libc has.
 */
#ifndef PIDFD_H
#define PIDFD_H

#include <sys/types.h>

/* Close-on-exec.  -1 with errno: ENOSYS where the kernel has none. */
int	pidfd_open_of(pid_t);

/* 0, or -1 with errno. */
int	pidfd_signal(int pidfd, int signal);

#endif
