/* SPDX-License-Identifier: ISC
 *
 * Locks by flock(2) on files that nobody else can open, so that nobody else
 * can hold them.
 */
#ifndef LOCK_H
#define LOCK_H

#include <sys/stat.h>

#include <signal.h>
#include <stdbool.h>

#include "paths.h"

struct lock {
	int		fd;	/* close-on-exec; -1: not held.  Read-only, but
				   where that cannot be locked, as on NFS */
	bool		created;
	struct stat	st;
};

/*
 * Take the lock on a name in the place, creating the file (0600) if need be.
 * After it, the name still means the locked file.  `owner`, besides root and
 * ourselves, may own the file.  0, REASON_LOCKED, an errno value or another
 * reason.
 */
int	lock_try(struct lock *, const struct place *, const char *name,
	    uid_t owner);

/* Would lock_try() take it, for a lockfile?  But for who holds it. */
int	lock_foresee(const struct place *, uid_t owner);

/*
 * The daemon can read a lockfile: could another user have moved its contents
 * there?  0 or REASON_MOVED_THERE.
 */
int	lock_judge_contents(const struct place *, const struct stat *,
	    uid_t owner);

/*
 * The same, waiting up to five seconds: then REASON_STARTING.  A pending
 * signal of `signals`, which must be blocked, ends the wait:
 * REASON_INTERRUPTED.
 */
int	lock_wait(struct lock *, const struct place *, const char *name,
	    uid_t owner, const sigset_t *signals);

/* Let go, and leave the file. */
void	lock_release(struct lock *);

/* Unlink the name while it means the locked file, then let go. */
void	lock_remove(struct lock *, const struct place *, const char *name);

#endif
