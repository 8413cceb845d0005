/* SPDX-License-Identifier: ISC
 *
 * The wait for readiness (--ready): from the exec on, the front is the parent
 * of the daemon, sees its death at once, and waits for one event after the
 * other until all conditions are met.
 */
#ifndef READY_H
#define READY_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "await.h"
#include "evidence.h"
#include "notify.h"

struct launch;

struct ready {
	struct await	*awaits;
	size_t		 count;
	struct pollfd	*polled;	/* room for all of them, and two */
	struct evidence	 evidence;
	int		 children;	/* signalfd(2) of SIGCHLD */
	bool		 disturbed;	/* a child has ended */
	int		 interrupted;	/* the signal that ended the wait */

	int64_t		 began;		/* clock_milliseconds() */
	int64_t		 deadline;
	int64_t		 granted;	/* beyond it; before it: nothing is */
	int64_t		 turn;		/* when this turn began */
	int64_t		 told;		/* when progress was shown last */
	bool		 shown;		/* and is on the screen */

	char		 check_end[64];	/* how the last check ended */

	/* What sd_notify(3) has told. */
	char		 status[NOTIFY_STATUS];
	int		 error;
	bool		 stopping;
	pid_t		 main;		/* MAINPID, 0: none */
};

/* Before the fork: get ready to wait.  0, or an error with its object. */
int	ready_open(struct launch *);

/*
 * After the exec: wait until every condition is met.  0, with the daemon's pid
 * and its pidfile as they are then; or an error with the launch's fault.
 */
int	ready_wait(struct launch *);

/*
 * Until when a look may last: some time after the deadline, or after this turn
 * began if that was later, so that what is there by then is still found.
 */
int64_t	ready_look_limit(const struct launch *);

/*
 * Wait for signals, ends of children and the awaited descriptors, or of these
 * only for what notify reads: poll(2) of `polled`, in this order.
 */
int	ready_poll(struct launch *, bool notify_only, int milliseconds);

/* A signal that ends the start has come: take note of which. */
void	ready_hear_signal(struct launch *);

/* Let go of everything that the wait has held. */
void	ready_close(struct launch *);

#endif
