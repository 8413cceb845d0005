/* SPDX-License-Identifier: ISC
 *
 * How a wait for readiness ends: the daemon's death, what it means, and which
 * process the daemon is in the end.
 */
#ifndef READY_END_H
#define READY_END_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "identity.h"
#include "notify.h"

/* Words for an errno, what is between, and a status. */
#define READY_SAYS	(NOTIFY_STATUS + 128)

struct await;
struct launch;
struct ready;

/* How it ended: "exit status 1", "signal 11, SIGSEGV, core dumped". */
void	describe_end(const siginfo_t *, char *text, size_t size);

/* Has the daemon ended, or, if it has put itself in the background, all? */
bool	has_died(struct launch *);

/*
 * What its end means: 0, if it has put itself in the background and something
 * still tells which process it is there; or why the start has failed.
 */
int	judge_death(struct launch *);

/*
 * The time is up: 0, if what is awaited is there, and has only to stay a moment
 * still; or the failure, with the condition that is not met.
 */
int	judge_time(struct launch *, const struct await *unmet);

/* Which process is the daemon now?  0: nothing tells. */
pid_t	find_main(struct launch *);

/*
 * It is this one, with identity_of() and what that said: see that it lives, and
 * bring the pidfile up to date.  0 or why the start has failed.
 */
int	name_main(struct launch *, pid_t, struct identity *, int proof,
	    enum readiness);

/* Has a signal come that ends the start? */
bool	ready_is_told(const struct launch *);

/* What it has said of its trouble by sd_notify(3), or nothing: the text. */
const char *ready_says(const struct ready *, char text[READY_SAYS]);

/*
 * All conditions are met: find the main process, see that it lives, and bring
 * the pidfile up to date.  0 or why the start has failed after all.
 */
int	ready_settle(struct launch *);

#endif
