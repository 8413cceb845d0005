/* SPDX-License-Identifier: ISC
 *
 * The descriptors that the caller has left open, and nobody has asked for.
 */
#ifndef OTHERS_H
#define OTHERS_H

#include <stdbool.h>

#include "resolve.h"
#include "spec.h"

/* Where the caller's begin that no child of ours needs. */
#define OTHERS_FIRST	64

/*
 * Before there is any descriptor of our own, with all signals blocked: see to
 * it that all which a start needs will be below OTHERS_FIRST.  True: then the
 * children may share our table until they leave it by fds_leave(OTHERS_FIRST).
 * With 10,000 descriptors, to copy them for each child would be most of a
 * start.  This is for speed alone: if something might depend on what is open,
 * or the kernel has no means to leave, false.
 */
bool	others_make_room(const struct daemon_spec *, const struct resolved *);

/*
 * Close those that hold what a start could need: the lockfile, and sockets that
 * are not connected, which may have an address.  No others: a path may lead
 * through them.
 */
void	others_close(const struct daemon_spec *, const struct resolved *);

#endif
