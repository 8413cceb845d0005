/* SPDX-License-Identifier: ISC
 *
 * What may never end: a path, a descriptor or a message of the daemon's may
 * lead to a file system that somebody else lets hang, and then not even SIGKILL
 * ends who has touched it.  So a child does that, and is given up if need be.
 */
#ifndef ASIDE_H
#define ASIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* For a look at what a start will meet: milliseconds. */
#define ASIDE_LOOK	5000

struct family;
struct helper;
struct launch;
struct resolved;

/*
 * Have a child do this, and take what it has made of the size bytes at `what`.
 * It has no descriptor of ours, so that nobody has to wait for it: no lock, and
 * no end of the caller's pipes.  0; ETIMEDOUT if there is no answer by then
 * (clock_milliseconds()), before a signal that ends the start, or soon after
 * the daemon's death; REASON_LOOK_ENDED if it was killed; or an errno value.
 */
int	aside(struct launch *, void (*)(struct launch *, void *what),
	    void *what, size_t size, int64_t until);

/*
 * In such a child: be the daemon's user, in its root, for what that user may
 * have planted.  From then on he can stop it.  0, an errno value or a reason.
 */
int	aside_enter_root(const struct resolved *);
int	aside_become_user(const struct resolved *);

/* fork(2) of a child that is none of the family. */
pid_t	aside_fork(struct launch *);

/* Wait until it can be read from.  0, ETIMEDOUT as above, or an errno value. */
int	aside_wait(struct launch *, int fd, int64_t until);

/* A place for one that is started otherwise, or for a group.  NULL: none. */
struct helper *aside_place(struct launch *);

/*
 * Reap such a child, or group, if it goes: one that is done by itself, another
 * after SIGKILL.  What does not go soon is left to itself.  Its exit status, or
 * 0.
 */
int	aside_reap(struct launch *, pid_t, bool done);

/* Reap who has gone of those that were left to themselves. */
void	aside_reap_left(struct family *);

#endif
