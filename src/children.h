/* SPDX-License-Identifier: ISC
 *
 * The ends of children.
 */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <signal.h>
#include <sys/types.h>

/* Tenths of a second: for what is dead, and for what is about to be. */
#define REAP_LIMIT	50
#define REAP_GRACE	2	/* an older SIGCHLD may cut one short */

/*
 * Wait for a child, but not for one that a hanging file system holds: then
 * it dies as soon as that lets go of it.  One that has ended and is kept by its
 * tracer is left to that.  0, an errno value, or ETIMEDOUT after so many tenths
 * of a second.
 */
int	reap(pid_t, int tenths);

/*
 * Is a child dead?  With info->si_pid 0: no.  It stays to be reaped.  0 or
 * errno.
 */
int	child_look(pid_t, siginfo_t *info);

/*
 * The same of one that is about to die, for which it waits so many tenths of a
 * second.
 */
int	child_look_again(pid_t, int tenths, siginfo_t *info);

/*
 * What becomes of a process: it is gone; or it is killed, and does nothing any
 * more, but a file system that hangs holds it; or it may not be killed.
 */
enum end { END_GONE, END_DUE, END_NOT };

/*
 * Nobody but children of ours are ever killed, so that their number is still
 * their own: one, or (negative) those in a process group.
 */
enum end	end_child(pid_t);

#endif
