/* SPDX-License-Identifier: ISC
 *
 * notify: a socket of our own in NOTIFY_SOCKET, on which the daemon or one of
 * its descendants tells that it is ready, as sd_notify(3) has it.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "compat.h"
#include "launch.h"
#include "notify_socket.h"
#include "progress.h"
#include "ready.h"
#include "receiver.h"
#include "report.h"

#define MESSAGES_MAX	64	/* at once, so that others have their turn */
#define PAUSE		10	/* milliseconds */
#define LINGER		200	/* milliseconds */
#define LINGER_LOOK	5

struct notify_state {
	struct notify_socket socket;
	struct receiver	receiver;
	bool	ready;
	bool	barrier;	/* came after READY=1 */
	pid_t	sender;		/* of READY=1 */
};

static int
open_notify(struct launch *l, struct await *a)
{
	struct notify_state *s = calloc(1, sizeof *s);
	int error;

	if (s == NULL)
		return errno;
	a->state = s;
	s->receiver.channel = -1;
	if ((error = notify_open(l, &s->socket, &a->fd)) != 0 ||
	    (error = receiver_start(l, &s->receiver, a->fd)) != 0)
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
	if (family_has(&l->family, from->pid))
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
		strlcpy(r->status, n->status, sizeof r->status);
	}
	if (n->error != -1)
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

static void
receive(struct launch *l, struct await *a, int64_t until, struct received *r)
{
	struct notify_state *s = a->state;

	a->unseen = receiver_take(l, &s->receiver, a->fd, until, r);
	/* There may be room for a child later. */
	if (a->unseen != 0 && a->unseen != ETIMEDOUT)
		(void)poll(NULL, 0, PAUSE);
}

/* One after the other: a sender may wait for us and end then. */
static bool
take_message(struct launch *l, struct await *a)
{
	struct notification n;
	struct received r;

	receive(l, a, ready_look_limit(l), &r);
	if (r.any && may_speak(l, &r) &&
	    notify_parse(r.text, r.length, &n) == 0)
		take(l, a, &n, r.pid);
	return r.any;
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
	for (int i = 0; i < MESSAGES_MAX && is_readable(a->fd); i++)
		if (!take_message(l, a))
			break;
	return 0;
}

void
notify_drain(struct launch *l, struct await *a, int64_t until)
{
	struct received r;

	if (is_readable(a->fd))
		receive(l, a, until, &r);
}

/*
 * systemd-notify sends both, and its word may be its parent's.  A daemon that
 * sent it itself, and has no child that could have, is not kept waiting.
 */
static bool
may_be_coming(const struct launch *l, const struct notify_state *s)
{
	pid_t daemon = l->family.daemon;

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

static void
close_notify(struct launch *l, struct await *a)
{
	struct notify_state *s = a->state;

	if (a->fd != -1)
		receiver_end(l, &s->receiver, a->fd);
	if (s != NULL)
		notify_remove(&s->socket);
	free(s);
}

const struct await_kind await_notify = { .open = open_notify,
    .look = look_notify, .close = close_notify };
