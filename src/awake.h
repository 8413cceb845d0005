/* SPDX-License-Identifier: ISC
 *
 * Waiting for the daemon on another processor, without sleep.
 */
#ifndef AWAKE_H
#define AWAKE_H

#include "identity.h"

/*
 * A processor that sleeps has to be woken up, which for a virtual one can take
 * longer than the daemon's part of a start.  So ours stays awake for about as
 * long as that takes, if the daemon is at it on another one, and nobody else
 * wants ours.  The kernel tells in our memory when the daemon leaves it, soon
 * before its descriptors close.  Whatever the clock says, this ends.
 */
void	stay_awake(const struct told *);

#endif
