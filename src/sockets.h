/* SPDX-License-Identifier: ISC
 *
 * Sockets that are bound for the daemon and passed from descriptor 3 on, as
 * sd_listen_fds(3) expects them.
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <sys/stat.h>

#include <stdbool.h>

#include "account.h"
#include "listen.h"
#include "paths.h"
#include "resolve.h"

#define SOCKETS_FIRST	3	/* descriptor, SD_LISTEN_FDS_START */

/* A socket's name in the file system, held to undo it. */
struct bound {
	bool		created;
	struct place	place;		/* dir -1: none */
	struct stat	st;
};

/*
 * Find where a path leads.  Since bind(2) takes a path as a whole, only root
 * and ourselves may be able to change the way there.
 * 0, an errno value or a reason.
 */
int	socket_find(const struct listen *, const struct account *,
	    struct bound *);

/*
 * Bind it, listen, and put it onto descriptor `slot`, close-on-exec; a path has
 * been found, and takes the place of a socket that nobody has bound any more.
 * What was done is compared with what was asked.
 * 0, an errno value or a reason.
 */
int	socket_open(const struct listen *, const struct account *,
	    const struct owner *, struct bound *, int slot);

/* Remove the name if we made it. */
void	socket_undo(const struct bound *);

/* Will --listen put a socket there? (resolve_sockets.c) */
bool	sockets_use_fd(const struct daemon_spec *, int fd);

/* Write into the environment that this process is the one that executes. */
void	sockets_set_pid(const struct resolved *);

#endif
