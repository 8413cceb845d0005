/* SPDX-License-Identifier: ISC
 *
 * Who takes messages from the notify socket.  Descriptors that nobody takes are
 * closed with their message, and anybody may have sent one whose close never
 * ends (aside.h); so does whoever is the last to close a socket with messages
 * in it.  That is a child, from before the start to after its end, so that one
 * holds the socket besides us, and the end needs no fork, which could fail.
 * Without /proc there is none, and we take the messages ourselves.
 */
#ifndef RECEIVER_H
#define RECEIVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "notify.h"

struct launch;

struct receiver {
	pid_t	pid;		/* 0: none */
	int	channel;	/* to it; -1: none */
	bool	owes;		/* an answer: it is asked nothing until then */
};

struct received {
	bool	any;
	pid_t	pid;		/* who sent it, 0: nobody can tell */
	uid_t	uid;
	size_t	length;
	char	text[NOTIFY_BYTES + 1];
};

/* 0 or an errno value. */
int	receiver_start(struct launch *, struct receiver *, int socket);

/*
 * The next message, if any.  A receiver for whom it takes long, or not until
 * then (clock_milliseconds()), is given up as soon as there is another.  0, an
 * errno value or a reason.
 */
int	receiver_take(struct launch *, struct receiver *, int socket,
	    int64_t until, struct received *);

/* Close the socket, and have the receiver do so after us. */
void	receiver_end(struct launch *, struct receiver *, int socket);

#endif
