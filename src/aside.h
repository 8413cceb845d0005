/* SPDX-License-Identifier: ISC
 *
 * What may never end: a path, a descriptor or a message of the daemon's may
 * lead to a file system that somebody else lets hang, and then not even SIGKILL
 * ends who has touched it.  So a child does that, and is given up if need be.
 */
#ifndef ASIDE_H
#define ASIDE_H

#include <stddef.h>
#include <stdint.h>

struct launch;

/*
 * Have a child do this, and take what it has made of the size bytes at `what`.
 * It has no descriptor but `fd` (-1: none), so that nobody has to wait for it:
 * no lock, and no end of the caller's pipes.  0, ETIMEDOUT if there is no
 * answer by then (clock_milliseconds()) or before a signal that ends the start,
 * another errno value, or REASON_LOOK_ENDED if it was killed.
 */
int	aside(struct launch *, void (*)(struct launch *, void *what),
	    void *what, size_t size, int fd, int64_t until);

/* Close a descriptor; but if that takes long, a child is the last to do so. */
void	aside_close(struct launch *, int fd);

#endif
