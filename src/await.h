/* SPDX-License-Identifier: ISC
 *
 * Awaiting one condition.  Each kind is a row of conditions.def and a file
 * await_NAME.c with the functions of its row.
 */
#ifndef AWAIT_H
#define AWAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "condition.h"

struct launch;

struct await {
	const struct condition	*condition;
	bool	 met;
	int	 fd;		/* wakes us; -1: it is looked at now and then */
	int64_t	 next;		/* when to look, clock_milliseconds() */
	int64_t	 pause;		/* between two looks; 0: it grows by itself */
	int64_t	 since;		/* await_listen: when it was seen; 0: not */
	int64_t	 until;		/* how long it has to stay; 0: not seen */
	bool	 hidden;	/* listener_of() */
	int	 unseen;	/* why the last look told nothing: aside.h */
	void	*state;		/* of its kind */
};

struct await_kind {
	/* Before the fork.  0, an errno value or a reason; NULL: nothing. */
	int	(*open)(struct launch *, struct await *);
	/* After the exec; NULL: nothing. */
	void	(*begin)(struct await *);
	/*
	 * When fd is readable, or it is time: set met, or leave it.  0, or why
	 * it can never be met, with a detail in the launch's fault.
	 */
	int	(*look)(struct launch *, struct await *);
	/* In the end, whatever has happened; NULL: nothing. */
	void	(*close)(struct launch *, struct await *);
};

#define CONDITION(name, argument) \
	extern const struct await_kind await_##name;
#include "conditions.def"

/* await_check: end the one that is running, and all of its group. */
void	check_end(struct launch *);

/*
 * await_notify: who has just said READY=1 may be about to send BARRIER=1, and
 * fails if nobody is there to take it: stay for a moment if so.
 */
void	notify_linger(struct launch *, struct await *);

/*
 * await_notify: the start has failed, but whoever is ended may still speak, and
 * wait until it is read: take a message, if there is one, to no effect.  It
 * takes until then at most, clock_milliseconds().
 */
void	notify_drain(struct launch *, struct await *, int64_t until);

#endif
