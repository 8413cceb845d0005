/* SPDX-License-Identifier: ISC
 *
 * The front's wait for the outcome of a start.
 */
#ifndef WAIT_H
#define WAIT_H

#include "children.h"
#include "launch.h"

/*
 * Wait until the daemon has executed the program.  0 only if the kernel says
 * so; otherwise an error, with the launch's fault filled in.  Bounded in time.
 */
int	wait_for_exec(struct launch *);

/*
 * After a failed start there is no process, so there must be none now.  What
 * becomes of the one that lives the longest?
 */
enum end	end_children(struct launch *);

#endif
