/* SPDX-License-Identifier: ISC
 *
 * fd:N: a newline on descriptor N, which is the s6 way.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "launch.h"
#include "ready.h"

/*
 * The write end becomes descriptor N right here, before anything of ours can
 * be there: from then on nobody else gets this number.
 */
static int
open_fd(struct launch *l, struct await *a)
{
	int n = a->condition->fd, fd[2], error;

	(void)l;
	if (pipe2(fd, O_CLOEXEC) == -1)
		return errno;
	if (fd[0] == n) {
		a->fd = fcntl(fd[0], F_DUPFD_CLOEXEC, n + 1);
		error = errno;
		close(fd[0]);
	} else {
		a->fd = fd[0];
	}
	if (a->fd == -1 || fcntl(a->fd, F_SETFL, O_NONBLOCK) == -1) {
		error = errno;
		close(fd[1]);
		return error;
	}
	if (fd[1] == n)
		return 0;
	error = dup3(fd[1], n, O_CLOEXEC) == -1 ? errno : 0;
	close(fd[1]);
	return error;
}

/* Only the daemon's own write end counts, or its end would not be seen. */
static void
begin_fd(struct await *a)
{
	close(a->condition->fd);
}

static void
close_fd(struct launch *l, struct await *a)
{
	(void)l;
	if (a->fd != -1)
		close(a->fd);
	a->fd = -1;
}

static int
look_fd(struct launch *l, struct await *a)
{
	char text[512];
	ssize_t n;

	while ((n = read(a->fd, text, sizeof text)) > 0)
		if (memchr(text, '\n', (size_t)n) != NULL) {
			a->met = true;
			close_fd(l, a);
			return 0;
		}
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : errno;
	return fault_set(&l->fault, STEP_ready, REASON_NO_NEWLINE,
	    a->condition->text);
}

const struct await_kind await_fd = { .open = open_fd, .begin = begin_fd,
    .look = look_fd, .close = close_fd };
