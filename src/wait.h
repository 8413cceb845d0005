/* SPDX-License-Identifier: ISC
 *
 * The front's wait for the outcome of a start.
 */
#ifndef WAIT_H
#define WAIT_H

#include "launch.h"

/*
 * Wait until the daemon has executed the program.  0 only if the kernel says
 * so; otherwise an error, with the launch's fault filled in.  Bounded in time.
 */
int	wait_for_exec(struct launch *);

/*
 * Wait for a child, but not for one that a hanging file system holds: then
 * it dies as soon as that lets go of it.  0, an errno value, or ETIMEDOUT after
 * so many tenths of a second.
 */
int	reap(pid_t, int tenths);

/*
 * What becomes of a process: it is gone; or it is killed, and does nothing any
 * more, but a file system that hangs holds it; or it may not be killed.
 */
enum end { END_GONE, END_DUE, END_NOT };

/*
 * After a failed start there is no process, so there must be none now.  What
 * becomes of the one that lives the longest?
 */
enum end	end_children(struct launch *);

#endif
