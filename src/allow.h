/* SPDX-License-Identifier: ISC
 *
 * What a process may use: setrlimit(2), setpriority(2), ioprio_set(2),
 * sched_setscheduler(2), sched_setaffinity(2), and /proc/self.  Each sets it
 * for this process, then looks at what is set: 0, an errno value, or
 * REASON_NOT_TAKEN where the kernel reported success but did not do it; or
 * REASON_NEEDS_PROC of what is in /proc.
 */
#ifndef ALLOW_H
#define ALLOW_H

#include "rlimits.h"
#include "sched.h"

/*
 * Raise limits that are lower than asked, as far as that takes rights; those
 * that are higher stay.  *which: the one that failed.
 */
int	allow_raise(const struct limits *, enum limit *which);

/* The limits exactly as asked; after allow_raise() it takes no right. */
int	allow_limits(const struct limits *, enum limit *which);

int	allow_nice(int);

/* Of the session's autogroup; 0 where there are none. */
int	allow_session_nice(int);

int	allow_oom_score_adj(int);
int	allow_io_priority(int);
int	allow_policy(int policy, int priority);

/* REASON_NO_CPU: not all of them are to be had, now[] has what is. */
int	allow_cpus(const unsigned long asked[CPU_WORDS],
	    unsigned long now[CPU_WORDS]);

#endif
