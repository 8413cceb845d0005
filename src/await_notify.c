/* SPDX-License-Identifier: ISC
 *
 * notify: a socket of our own in NOTIFY_SOCKET, on which the daemon or one of
 * its descendants tells that it is ready, as sd_notify(3) has it.
 */
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "launch.h"
#include "ready.h"
#include "progress.h"
#include "report.h"
#include "signals.h"

#define MESSAGES_MAX	64	/* at once, so that others have their turn */
#define LINGER		200	/* milliseconds */
#define LINGER_LOOK	5

struct notify_state {
	char	directory[64];	/* of our own; "": the socket is abstract */
	char	path[108];
	bool	ready;
	bool	barrier;	/* came after READY=1 */
	pid_t	sender;		/* of READY=1 */
};

/* No room for descriptors: those that come along stay outside. */
union control {
	char		space[CMSG_SPACE(sizeof(struct ucred))];
	struct cmsghdr	header;		/* aligns it */
};

static int
bind_to(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	socklen_t length;

	if (n >= sizeof address.sun_path)
		return ENAMETOOLONG;
	memcpy(address.sun_path, path, n);
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	/* An abstract name is as long as it is said to be. */
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	else
		length++;
	return bind(fd, (const struct sockaddr *)&address, length) == -1 ?
	    errno : 0;
}

/* Could nobody but root and ourselves give our directory another name? */
static bool
is_safe(const char *parent)
{
	struct stat st;

	return stat(parent, &st) == 0 && is_our_own(st.st_uid) &&
	    ((st.st_mode & 022) == 0 || (st.st_mode & S_ISVTX) != 0);
}

/*
 * A directory of our own, which nobody else can change, and which the daemon's
 * user can pass: whoever it is in the end may send, since not his rights count
 * but whose descendant he is.
 */
static int
bind_in(int fd, struct notify_state *s, const char *parent)
{
	mode_t mask;
	int error;

	if (!is_safe(parent))
		return REASON_LOOSE_DIR;
	errno = ENAMETOOLONG;
	if (snprintf(s->directory, sizeof s->directory,
	    "%s/daemonize.XXXXXX", parent) >= (int)sizeof s->directory ||
	    mkdtemp(s->directory) == NULL) {
		error = errno;
		s->directory[0] = '\0';
		return error;
	}
	snprintf(s->path, sizeof s->path, "%s/notify", s->directory);
	error = chmod(s->directory, 0711) == -1 ? errno : 0;
	/* Last, since a socket that is bound cannot be bound elsewhere. */
	if (error == 0) {
		mask = umask(0111);
		error = bind_to(fd, s->path);
		(void)umask(mask);
	}
	if (error == 0)
		return 0;
	(void)rmdir(s->directory);
	s->directory[0] = '\0';
	return error;
}

static int
bind_abstract(int fd, struct notify_state *s)
{
	unsigned long long random[2];

	if (getrandom(random, sizeof random, 0) != sizeof random)
		return errno;
	snprintf(s->path, sizeof s->path, "@daemonize/%016llx%016llx",
	    random[0], random[1]);
	return bind_to(fd, s->path);
}

/* Some clients get abstract names wrong; a new root leaves no choice. */
static int
bind_somewhere(const struct launch *l, int fd, struct notify_state *s)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (l->to->chroot != NULL)
		return bind_abstract(fd, s);
	if (geteuid() == 0)
		runtime = RUNSTATEDIR;
	if (runtime != NULL && runtime[0] == '/' &&
	    bind_in(fd, s, runtime) == 0)
		return 0;
	if (bind_in(fd, s, "/tmp") == 0)
		return 0;
	return bind_abstract(fd, s);
}

static int
open_notify(struct launch *l, struct await *a)
{
	struct notify_state *s = calloc(1, sizeof *s);
	const int yes = 1;
	int error;

	if (s == NULL)
		return errno;
	a->state = s;
	a->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->fd == -1 || setsockopt(a->fd, SOL_SOCKET, SO_PASSCRED, &yes,
	    sizeof yes) == -1)
		return errno;
	if ((error = bind_somewhere(l, a->fd, s)) != 0)
		return error;
	snprintf(l->to->env.notify, ENV_NOTIFY_SIZE, ENV_NOTIFY "%s", s->path);
	return 0;
}

/*
 * A sender who is gone already leaves nothing but his user, who could as well
 * have made the daemon itself say so.
 */
static bool
may_speak(const struct launch *l, const struct ucred *from)
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
 * have sent one whose close takes as long as he likes (SO_LINGER in socket(7)),
 * unless a signal comes.  false: there is nothing more.
 */
static bool
receive(struct launch *l, struct await *a)
{
	char text[NOTIFY_BYTES + 1];
	union control control;
	struct iovec part = { text, sizeof text };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof control.space };
	struct sigaction before;
	struct notification n;
	struct ucred from;
	ssize_t length;
	int error;

	signals_tick(&before);
	length = recvmsg(a->fd, &message, 0);
	error = errno;
	signals_tick_no_more(&before);
	if (length == -1)
		return error == EINTR;
	if (!find_sender(&message, &from) ||
	    (message.msg_flags & MSG_TRUNC) != 0)
		return true;
	if (notify_parse(text, (size_t)length, &n) == 0 &&
	    may_speak(l, &from))
		take(l, a, &n, from.pid);
	return true;
}

static int
look_notify(struct launch *l, struct await *a)
{
	for (int i = 0; i < MESSAGES_MAX && receive(l, a); i++)
		continue;
	return 0;
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

static void
close_notify(struct launch *l, struct await *a)
{
	struct notify_state *s = a->state;
	struct sigaction before;

	(void)l;
	/* With all that is still in it: see receive(). */
	signals_tick(&before);
	if (a->fd != -1)
		close(a->fd);
	signals_tick_no_more(&before);
	if (s != NULL && s->directory[0] != '\0') {
		(void)unlink(s->path);
		(void)rmdir(s->directory);
	}
	free(s);
}

const struct await_kind await_notify = { .open = open_notify,
    .look = look_notify, .close = close_notify };
