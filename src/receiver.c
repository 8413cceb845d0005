/* SPDX-License-Identifier: ISC
 *
 * A child that takes messages, one when it is asked to.
 */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "aside.h"
#include "clock.h"
#include "fds.h"
#include "launch.h"
#include "proc.h"
#include "receiver.h"
#include "report.h"

#define TAKE_LIMIT	2000	/* milliseconds */

/* No room for descriptors: those that come along stay outside. */
union control {
	char		space[CMSG_SPACE(sizeof(struct ucred))];
	struct cmsghdr	header;		/* aligns it */
};

/* Who sent it? */
static bool
find_sender(struct msghdr *message, struct ucred *from)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(message);

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_CREDENTIALS)
		return false;
	memcpy(from, CMSG_DATA(c), sizeof *from);
	return true;
}

static void
receive(int socket, struct received *r)
{
	union control control;
	struct iovec part = { r->text, sizeof r->text };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof control.space };
	struct ucred from;
	ssize_t length = recvmsg(socket, &message, 0);

	r->any = length != -1;
	if (length == -1 || !find_sender(&message, &from) ||
	    (message.msg_flags & MSG_TRUNC) != 0)
		return;
	r->pid = from.pid;
	r->uid = from.uid;
	r->length = (size_t)length;
}

/* Until nobody asks any more. */
static void __attribute__((noreturn))
serve(int socket, int channel)
{
	char byte;

	fds_close_but(socket, channel);
	(void)!chdir("/");
	while (recv(channel, &byte, 1, 0) == 1) {
		struct received r = { .any = false };

		receive(socket, &r);
		if (send(channel, &r, sizeof r, MSG_NOSIGNAL) !=
		    (ssize_t)sizeof r)
			_exit(errno);
	}
	_exit(0);
}

static int
start(struct launch *l, struct receiver *r, int socket)
{
	int channel[2], error = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) ==
	    -1)
		return errno;
	*r = (struct receiver){ .pid = aside_fork(l), .channel = channel[0] };
	if (r->pid == 0)
		serve(socket, channel[1]);
	if (r->pid == -1)
		error = errno;
	close(channel[1]);
	if (error != 0) {
		close(r->channel);
		*r = (struct receiver){ .channel = -1 };
	}
	return error;
}

static void
give_up(struct launch *l, struct receiver *r)
{
	close(r->channel);
	(void)aside_reap(l, r->pid, false);
	*r = (struct receiver){ .channel = -1 };
}

/* If there can be no other, it may still answer. */
static void
replace(struct launch *l, struct receiver *r, int socket)
{
	struct receiver next;

	if (start(l, &next, socket) != 0)
		return;
	give_up(l, r);
	*r = next;
}

/* Where nobody can tell it from the daemon's children, it is there for once. */
int
receiver_start(struct launch *l, struct receiver *r, int socket)
{
	*r = (struct receiver){ .channel = -1 };
	return proc_is_ours() ? start(l, r, socket) : 0;
}

static int
ask(struct launch *l, struct receiver *r, int64_t until,
    struct received *received)
{
	int64_t limit = clock_milliseconds() + TAKE_LIMIT;
	int error;

	if (until > limit)
		until = limit;
	if (!r->owes && send(r->channel, "", 1, MSG_NOSIGNAL) == -1)
		return errno;
	r->owes = true;
	if ((error = aside_wait(l, r->channel, until)) != 0)
		return error;
	r->owes = false;
	return recv(r->channel, received, sizeof *received, 0) ==
	    (ssize_t)sizeof *received ? 0 : REASON_LOOK_ENDED;
}

int
receiver_take(struct launch *l, struct receiver *r, int socket,
    int64_t until, struct received *received)
{
	int error = r->pid == 0 ? start(l, r, socket) : 0;

	if (error == 0)
		error = ask(l, r, until, received);
	if (r->pid != 0 && !proc_is_ours())
		give_up(l, r);
	else if (r->pid != 0 && error != 0)
		replace(l, r, socket);
	if (error != 0)
		received->any = false;
	return error;
}

void
receiver_end(struct launch *l, struct receiver *r, int socket)
{
	if (r->pid == 0)
		(void)start(l, r, socket);
	/* The receiver has it still. */
	close(socket);
	if (r->pid != 0)
		give_up(l, r);
}
