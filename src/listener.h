/* SPDX-License-Identifier: ISC
 *
 * Which process of a daemon's family holds a listening socket.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <sys/types.h>

struct await;
struct launch;

/*
 * The topmost of those that listen where this awaits it, in the daemon's
 * network namespace; 0: none, or it is hidden: somebody listens, and of the
 * family some may not be looked at; or it is unseen, as when it was not found
 * in time (ready_look_limit()).  0, or ENOMEM: there is not the memory to tell.
 */
int	listener_of(struct launch *, struct await *, pid_t *owner);

#endif
