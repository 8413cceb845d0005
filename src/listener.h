/* SPDX-License-Identifier: ISC
 *
 * Which process of a daemon's family holds a listening socket.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

#include "condition.h"

struct launch;

/*
 * The topmost of those that listen there, in the daemon's network namespace; 0:
 * none, or it is hidden: somebody listens, and of the family some may not be
 * looked at; or it was not found in time (ready_look_limit()).  0, or ENOMEM:
 * there is not the memory to tell.
 */
int	listener_of(struct launch *, const struct listen_address *,
	    pid_t *owner, bool *hidden);

#endif
