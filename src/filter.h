/* SPDX-License-Identifier: ISC
 *
 * Filters of system calls, as seccomp(2) has them.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>

/*
 * Can this kernel be told?  0, REASON_NO_FILTER on a machine where nobody knows
 * how, REASON_NO_SECCOMP, REASON_NOT_TAKEN, or an errno value.
 */
int	filter_known(void);

/*
 * The part of --no-net, --bind-port and --connect-port that Landlock cannot
 * do: it knows TCP ports, but neither UDP nor raw packets.
 * From now on, for good: no sockets but those of the UNIX family, and with
 * `tcp` of TCP; without `listens`, none of them can be made to listen.
 * Needs no_new_privs.  0, an errno value, or REASON_NO_FILTER.
 */
int	filter_network(bool tcp, bool listens);

/*
 * From now on, for good: make no process, stay in this process group, and end
 * with the parent if that is so already, so that whoever ends either leaves
 * nothing behind.  The same.
 */
int	filter_processes(void);

#endif
