/* SPDX-License-Identifier: ISC
 *
 * A start under way: what is held while the steps are done.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <signal.h>
#include <sys/types.h>

#include "family.h"
#include "identity.h"
#include "lock.h"
#include "pidfile.h"
#include "report.h"
#include "resolve.h"
#include "sockets.h"
#include "spec.h"
#include "streams.h"

/* For the daemon's steps; only a file system that hangs takes so long. */
#define START_LIMIT	60	/* seconds */

/* The front is the caller's child; the middle leads the session and goes. */
enum process { FRONT, MIDDLE, DAEMON };

struct launch {
	const struct daemon_spec	*spec;
	const struct resolved		*to;
	enum process	 process;	/* which one this is */
	struct fault	 fault;		/* why it failed */
	int		 messages;	/* where the caller reads */

	sigset_t	 callers_mask;
	sigset_t	 enders;	/* signals that end a start under way */

	struct ready	*ready;		/* the wait for it; NULL: none */
	struct family	 family;	/* the daemon's, known to the front */
	struct pidfile	 pidfile;
	struct place	 lock_place;
	struct lock	 lockfile;
	struct bound	*bound;		/* as many as spec has; NULL: none */
	struct stream	 stream[3];
	int		 null;		/* /dev/null, -1: not needed so far */
	int		 root;		/* the caller's, across a chroot */

	int		 landlock;	/* the kernel's version of it */
	int		 ruleset;	/* landlock.h; -1: none */

	int		 cleaner_call;	/* cleaner.h; -1: none */
	int		 cleaner_done;
	int		 status_read;
	int		 status_write;
	int		 signals;	/* signalfd(2) of the enders */
	bool		 shares;	/* its table, with the middle */
	bool		 executed;	/* the program runs, and is awaited */
	pid_t		 middle;	/* known to the front */
	pid_t		 daemon;	/* known to the front, 0: not yet */
	pid_t		 cleaner;	/* known to the front, 0: none */
	struct told	*told;		/* of the daemon, by the middle; NULL:
					   there is none */
	int		 stat;		/* of the daemon: proc.h; -1: none */
};

/* Nothing is held yet. */
void	launch_init(struct launch *, const struct daemon_spec *,
	    const struct resolved *);

/*
 * Start the program.  Returns the exit status, with everything that failed
 * undone and said; with --foreground it returns only then.
 */
int	launch(const struct daemon_spec *, const struct resolved *);

/*
 * Be the middle, or the daemon, in a child that has just been made of the
 * process whose launch this is.  That may be shared memory (vfork(2)), and is
 * left alone.
 */
void	launch_child(const struct launch *, enum process)
	    __attribute__((noreturn));

/*
 * Remove the files that a failed start has made, as far as rights go, but for
 * those that a front removes.
 */
void	launch_undo_own(struct launch *);

/* From now on, signals that end the start can be read.  0 or errno. */
int	launch_hear_signals(struct launch *);

/* --verbose: say that a step is done. */
void	launch_say_step(const struct launch *, enum step);

#endif
