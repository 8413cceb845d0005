/* SPDX-License-Identifier: ISC
 *
 * Which process of a daemon's family holds a listening socket.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <sys/types.h>

#include "condition.h"

struct launch;

/*
 * The topmost of those that listen there; 0: none, or it is hidden: somebody
 * listens, and of the family some may not be looked at; or there was not the
 * time to find it (ready_may_look()).  -1: there is not the memory to tell.
 */
pid_t	listener_of(const struct launch *, const struct listen_address *,
	    bool *hidden);

#endif
