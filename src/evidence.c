/* SPDX-License-Identifier: ISC
 *
 * Reading what this start has written.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evidence.h"
#include "fds.h"
#include "launch.h"
#include "ready.h"
#include "steps_run.h"

#define FUSE_SUPER_MAGIC 0x65735546
#define LINES_MAX	20
#define READ_FLAGS	(O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define TAIL_BYTES	16384

/* What comes with an output that the daemon hands over. */
struct handed {
	int64_t		output;
	struct mark	start;
};

union control {
	char		space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr	header;		/* aligns it */
};

void
evidence_init(struct evidence *e)
{
	e->channel[0] = e->channel[1] = -1;
	for (int i = 0; i <= 2; i++)
		e->output[i] = (struct output){ .fd = -1 };
}

/* Without /proc, by its name; that is checked before, too: it may be any. */
static int
open_again(const struct launch *l, int i, const struct stat *wanted)
{
	struct place place = { .dir = -1 };
	struct stat st;
	int fd = -1, error = ENOENT;

	if (place_find(l->root, l->to->streams[i].path, &l->to->account,
	    &place) == 0 && fstatat(place.dir, place.name, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && same_file(&st, wanted)) {
		fd = openat(place.dir, place.name, READ_FLAGS | O_NOFOLLOW);
		error = errno;
	}
	if (fd != -1 && (fstat(fd, &st) == -1 || !same_file(&st, wanted))) {
		close(fd);
		fd = -1;
		error = ENOENT;
	}
	place_close(&place);
	errno = error;
	return fd;
}

/* What is truncated begins anew. */
static off_t
start_of(const struct launch *l, int i)
{
	return must_truncate(l, i) ? 0 : l->stream[i].st.st_size;
}

/*
 * Our right to read it is checked here: we may only have that to write.  That,
 * or no name for it, is no failure; any other is one, or a condition that needs
 * the output could wait for nothing.
 */
static int
read_along(struct launch *l, int i, int fd, const struct mark *start)
{
	struct evidence *e = &l->ready->evidence;
	struct stat st;

	if (fstat(fd, &st) == -1)
		return errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	e->output[i].fd = fds_reopen(fd, READ_FLAGS);
	if (e->output[i].fd == -1 && errno == ENOENT)
		e->output[i].fd = open_again(l, i, &st);
	if (e->output[i].fd == -1)
		return errno == EACCES || errno == EPERM || errno == ENOENT ?
		    0 : errno;
	if (start->length == 0)
		mark_set(&e->output[i].start, e->output[i].fd, start->at);
	else
		e->output[i].start = *start;
	return 0;
}

static bool
is_own_file(const struct launch *l, int i)
{
	const struct stream *s = &l->stream[i];

	return l->to->streams[i].kind == SOURCE_FILE && s->fd != -1 &&
	    !s->shared && S_ISREG(s->st.st_mode);
}

int
evidence_open(struct launch *l)
{
	struct evidence *e = &l->ready->evidence;
	int error = 0;

	for (int i = 1; error == 0 && i <= 2; i++) {
		const struct mark start = { .at = start_of(l, i) };

		if (is_own_file(l, i))
			error = read_along(l, i, l->stream[i].fd, &start);
	}
	if (error != 0)
		return error;
	if (!l->stream[1].late && !l->stream[2].late)
		return 0;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0, e->channel) == -1 ? errno : 0;
}

bool
evidence_is_none(const struct launch *l)
{
	const struct evidence *e = &l->ready->evidence;

	return e->output[1].fd == -1 && e->output[2].fd == -1 &&
	    e->channel[0] == -1;
}

/*
 * Who serves a FUSE file system is asked when one of its files is closed, and
 * may let whoever does it wait.  It may be the daemon's user, who answers this
 * call, too: by any error.
 */
static bool
may_linger(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == -1 ||
	    (unsigned long)fs.f_type == FUSE_SUPER_MAGIC;
}

/* Before the program can write there.  In a new root there may be no /proc. */
static void
mark_output(const struct launch *l, int i, struct mark *start)
{
	char path[40];
	int fd;

	snprintf(path, sizeof path, "%sproc/self/fd/%d",
	    l->root == -1 ? "/" : "", l->stream[i].fd);
	fd = openat(l->root, path, READ_FLAGS);
	mark_set(start, fd, start_of(l, i));
	if (fd != -1)
		close(fd);
}

int
evidence_send(const struct launch *l, int i)
{
	struct handed handed = { .output = i };
	struct iovec part = { &handed, sizeof handed };
	union control control = { .space = { 0 } };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof control.space };
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	if (!is_own_file(l, i) || may_linger(l->stream[i].fd))
		return 0;
	mark_output(l, i, &handed.start);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &l->stream[i].fd, sizeof(int));
	return sendmsg(l->ready->evidence.channel[1], &message,
	    MSG_NOSIGNAL) == -1 ? errno : 0;
}

/* EAGAIN: that was all. */
static int
receive_one(struct launch *l)
{
	struct handed handed = { .output = 0 };
	struct iovec part = { &handed, sizeof handed };
	union control control = { .space = { 0 } };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof control.space };
	const struct cmsghdr *c;
	ssize_t n;
	int fd, error;

	do
		n = recvmsg(l->ready->evidence.channel[0], &message,
		    MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno;
	c = CMSG_FIRSTHDR(&message);
	if (n != sizeof handed || c == NULL || c->cmsg_type != SCM_RIGHTS)
		return EIO;
	memcpy(&fd, CMSG_DATA(c), sizeof fd);
	error = read_along(l, (int)handed.output, fd, &handed.start);
	close(fd);
	return error;
}

int
evidence_receive(struct launch *l)
{
	const struct evidence *e = &l->ready->evidence;
	int error = 0;

	while (error == 0 && e->channel[0] != -1)
		error = receive_one(l);
	return error == EAGAIN ? 0 : error;
}

/* Where the last lines begin. */
static const char *
find_tail(const char *text, size_t length)
{
	const char *p = text + length;
	int lines = 0;

	if (length > 0 && p[-1] == '\n')
		p--;
	while (p > text) {
		if (p[-1] == '\n' && ++lines == LINES_MAX)
			break;
		p--;
	}
	return p;
}

/* `cut`: the first one begins before the text. */
static void
print_lines(int fd, char *text, size_t length, bool cut)
{
	char *line = text, *end = text + length;

	for (char *p = text; p < end; p++)
		if (*p == '\0')
			*p = ' ';
	*end = '\0';
	while (line < end) {
		char *next = strchr(line, '\n');

		if (next != NULL)
			*next = '\0';
		note_quoted(fd, line, cut && line == text);
		line = next != NULL ? next + 1 : end;
	}
}

static void
print_output(const struct launch *l, int i)
{
	const struct output *o = &l->ready->evidence.output[i];
	char *text = malloc(TAIL_BYTES + 1);
	off_t start = mark_holds(&o->start, o->fd) ? o->start.at : 0;
	struct stat st;
	bool cut = false;
	ssize_t n = 0;

	if (text != NULL && fstat(o->fd, &st) == 0) {
		cut = st.st_size - start > TAIL_BYTES;
		if (cut)
			start = st.st_size - TAIL_BYTES;
		n = pread(o->fd, text, TAIL_BYTES, start);
	}
	if (n > 0) {
		const char *tail = find_tail(text, (size_t)n);

		note(l->messages, "the end of %s:", l->to->streams[i].asked);
		print_lines(l->messages, text + (tail - text),
		    (size_t)(text + n - tail), cut && tail == text);
	}
	free(text);
}

void
evidence_print(const struct launch *l)
{
	for (int i = 1; i <= 2; i++)
		if (l->ready->evidence.output[i].fd != -1)
			print_output(l, i);
}

void
evidence_close(struct launch *l)
{
	struct evidence *e = &l->ready->evidence;

	for (int i = 0; i < 2; i++)
		if (e->channel[i] != -1)
			close(e->channel[i]);
	for (int i = 1; i <= 2; i++)
		if (e->output[i].fd != -1)
			close(e->output[i].fd);
}
