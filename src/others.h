/* SPDX-License-Identifier: ISC
 *
 * The descriptors that the caller has left open, and nobody has asked for.
 */
#ifndef OTHERS_H
#define OTHERS_H

#include "resolve.h"
#include "spec.h"

/*
 * Close them, before there is any descriptor of our own and with all signals
 * blocked.  They would be copied at each fork, and closed in each process: with
 * 10,000 of them, that is most of a start.  This is for speed alone: what
 * stays, because something might depend on it, the daemon sees to.
 */
void	close_others(const struct daemon_spec *, const struct resolved *);

#endif
