/* SPDX-License-Identifier: ISC
 *
 * The name of the socket on which sd_notify(3) is heard.
 */
#ifndef NOTIFY_SOCKET_H
#define NOTIFY_SOCKET_H

struct launch;

struct notify_socket {
	char	directory[64];	/* of our own; "": the socket is abstract */
	char	path[108];	/* what NOTIFY_SOCKET says */
};

/*
 * A socket that is bound in a directory of our own, or where there can be none
 * to an abstract name, and tells who sends.  0, an errno value or a reason.
 */
int	notify_open(const struct launch *, struct notify_socket *, int *fd);

/* Remove what that has made. */
void	notify_remove(const struct notify_socket *);

#endif
