/* SPDX-License-Identifier: ISC
 *
 * With --foreground no front stays behind that could still remove files once
 * privileges are dropped.  The cleaner does: a process that keeps the caller's
 * rights until the program is executed, and is nobody's child by then; where
 * there is a front, it is that one's, which sees it off.
 */
#ifndef CLEANER_H
#define CLEANER_H

#include "launch.h"

/* Leave one behind.  0 or an errno value. */
int	cleaner_start(struct launch *);

/* After a failure: have it undo the start's files, and wait until it has. */
void	cleaner_call(struct launch *);

/*
 * In the front, once the daemon has executed or has ended: wait a second for
 * its cleaner, which may still be at work, and then kill it.  One that does not
 * end even so is left, and is none of the daemon's family.
 */
void	cleaner_end(struct launch *);

#endif
