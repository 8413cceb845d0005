/* SPDX-License-Identifier: ISC
 *
 * Ending a daemon whose start has failed, and whatever it has started.
 */
#ifndef READY_STOP_H
#define READY_STOP_H

#include <stdbool.h>

struct launch;

/*
 * End the daemon and all of its descendants, by the schedule of --retry and
 * then by SIGKILL.  Is nobody left?
 */
bool	ready_stop(struct launch *);

/*
 * The daemon has been killed, and nobody knows whether it had executed: end
 * what it may have left.
 */
void	ready_kill(struct launch *);

#endif
