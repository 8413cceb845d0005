/* SPDX-License-Identifier: ISC
 *
 * notify: a socket of our own in NOTIFY_SOCKET, on which the daemon or one of
 * its descendants tells that it is ready, as sd_notify(3) has it.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aside.h"
#include "clock.h"
#include "launch.h"
#include "notify_socket.h"
#include "progress.h"
#include "ready.h"
#include "report.h"

#define MESSAGES_MAX	64	/* at once, so that others have their turn */
#define LINGER		200	/* milliseconds */
#define LINGER_LOOK	5

struct notify_state {
	struct notify_socket socket;
	bool	ready;
	bool	barrier;	/* came after READY=1 */
	pid_t	sender;		/* of READY=1 */
};

/* What a child of ours has received; a sender of 0 cannot be told. */
struct received {
	int	fd;
	bool	any;
	pid_t	pid;
	uid_t	uid;
	size_t	length;
	char	text[NOTIFY_BYTES + 1];
};

/* No room for descriptors: those that come along stay outside. */
union control {
	char		space[CMSG_SPACE(sizeof(struct ucred))];
	struct cmsghdr	header;		/* aligns it */
};

static int
open_notify(struct launch *l, struct await *a)
{
	struct notify_state *s = calloc(1, sizeof *s);
	int error;

	if (s == NULL)
		return errno;
	a->state = s;
	if ((error = notify_open(l, &s->socket, &a->fd)) != 0)
		return error;
	snprintf(l->to->env.notify, ENV_NOTIFY_SIZE, ENV_NOTIFY "%s",
	    s->socket.path);
	return 0;
}

/*
 * A sender who is gone already leaves nothing but his user, who could as well
 * have made the daemon itself say so.
 */
static bool
may_speak(const struct launch *l, const struct received *from)
{
	if (from->pid <= 0)
		return false;
	if (family_has(&l->ready->family, from->pid))
		return true;
	return from->uid == l->to->account.uid && getpgid(from->pid) == -1 &&
	    errno == ESRCH;
}

static void
take(struct launch *l, struct await *a, const struct notification *n,
    pid_t sender)
{
	struct ready *r = l->ready;
	struct notify_state *s = a->state;

	if (n->barrier && s->ready)
		s->barrier = true;
	if (n->has_status) {
		if (l->spec->verbose && strcmp(n->status, r->status) != 0) {
			progress_clear(l);
			note(l->messages, "status: %s", n->status);
		}
		snprintf(r->status, sizeof r->status, "%s", n->status);
	}
	if (n->error != 0)
		r->error = n->error;
	if (n->main != 0)
		r->main = n->main;
	if (n->extend != -1 &&
	    clock_milliseconds() + n->extend > r->deadline)
		r->deadline = clock_milliseconds() + n->extend;
	/* Stopping is final, and wins in the same message. */
	r->stopping = r->stopping || (n->stopping && !s->ready);
	if (!n->ready || r->stopping || s->ready)
		return;
	s->ready = true;
	s->sender = sender;
	a->met = true;
}

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

/*
 * Descriptors that nobody takes are closed with their message, and anybody may
 * have sent one whose close never ends, not even by SIGKILL: of a file system
 * of his own.  So the front takes no message itself.
 */
static void
receive(struct launch *l, void *context)
{
	struct received *r = context;
	union control control;
	struct iovec part = { r->text, sizeof r->text };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof control.space };
	struct ucred from;
	ssize_t length = recvmsg(r->fd, &message, 0);

	(void)l;
	r->any = length != -1;
	if (length == -1 || !find_sender(&message, &from) ||
	    (message.msg_flags & MSG_TRUNC) != 0)
		return;
	r->pid = from.pid;
	r->uid = from.uid;
	r->length = (size_t)length;
}

/* One after the other: a sender may wait for us and end then. */
static int
take_message(struct launch *l, struct await *a, bool *more)
{
	struct received r = { .fd = a->fd };
	struct notification n;
	int error = aside(l, receive, &r, sizeof r, a->fd,
	    ready_look_limit(l));

	*more = error == 0 && r.any;
	if (error != 0)
		return error == ETIMEDOUT ? 0 :
		    fault_set(&l->fault, STEP_ready, error,
		    a->condition->text);
	if (r.any && may_speak(l, &r) &&
	    notify_parse(r.text, r.length, &n) == 0)
		take(l, a, &n, r.pid);
	return 0;
}

static bool
is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static int
look_notify(struct launch *l, struct await *a)
{
	bool more = true;
	int error = 0;

	for (int i = 0; error == 0 && more && is_readable(a->fd) &&
	    i < MESSAGES_MAX; i++)
		error = take_message(l, a, &more);
	return error;
}

/*
 * systemd-notify sends both, and its word may be its parent's.  A daemon that
 * sent it itself, and has no child that could have, is not kept waiting.
 */
static bool
may_be_coming(const struct launch *l, const struct notify_state *s)
{
	pid_t daemon = l->ready->family.daemon;

	return s->ready && !s->barrier && (s->sender != daemon ||
	    process_has_children(daemon)) &&
	    (s->sender == daemon || getpgid(s->sender) != -1);
}

void
notify_linger(struct launch *l, struct await *a)
{
	const struct notify_state *s = a->state;
	int64_t end = clock_milliseconds() + LINGER;
	struct pollfd p = { .fd = a->fd, .events = POLLIN };

	(void)look_notify(l, a);
	while (may_be_coming(l, s) && clock_milliseconds() < end) {
		(void)poll(&p, 1, LINGER_LOOK);
		(void)look_notify(l, a);
	}
}

/* With all that is still in it: see receive(). */
static void
close_socket(struct launch *l, int fd)
{
	/* From now on nothing comes. */
	(void)shutdown(fd, SHUT_RD);
	if (recv(fd, NULL, 0, MSG_PEEK | MSG_DONTWAIT) != -1)
		aside_close(l, fd);
	else
		close(fd);
}

static void
close_notify(struct launch *l, struct await *a)
{
	struct notify_state *s = a->state;

	if (a->fd != -1)
		close_socket(l, a->fd);
	if (s != NULL)
		notify_remove(&s->socket);
	free(s);
}

const struct await_kind await_notify = { .open = open_notify,
    .look = look_notify, .close = close_notify };
