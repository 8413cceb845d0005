/* SPDX-License-Identifier: ISC
 *
 * fd:N: a newline on descriptor N, which is the s6 way.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "await.h"
#include "clock.h"
#include "fds.h"
#include "launch.h"

#define LAST_WORD	100	/* milliseconds */
#define LOOK_BYTES	65536	/* so that others have their turn */

/* Where no condition wants a descriptor of its own. */
static int
step_aside(const struct launch *l, int *fd)
{
	while (spec_awaits_fd(l->spec, *fd)) {
		int other = fcntl(*fd, F_DUPFD_CLOEXEC, *fd + 1);

		if (other == -1)
			return errno;
		close(*fd);
		*fd = other;
	}
	return 0;
}

/*
 * Who is left running may come to write when nobody is there to read, and must
 * not die of it: so it is a reader itself, where that can be had.
 */
static int
open_both_ways(int *end)
{
	int both = fds_reopen(*end, O_RDWR);

	if (both == -1)
		return errno == ENOENT || errno == EACCES || errno == EPERM ?
		    0 : errno;
	close(*end);
	*end = both;
	return 0;
}

/*
 * The write end becomes descriptor N right here, before anything of ours can
 * be there: from then on nobody else gets this number.
 */
static int
open_fd(struct launch *l, struct await *a)
{
	int n = a->condition->fd, fd[2], error;

	if (pipe2(fd, O_CLOEXEC) == -1)
		return errno;
	a->fd = fd[0];
	error = step_aside(l, &a->fd);
	if (error == 0 && fcntl(a->fd, F_SETFL, O_NONBLOCK) == -1)
		error = errno;
	if (error == 0 && l->spec->keep_on_timeout)
		error = open_both_ways(&fd[1]);
	/* EBADF is how dup3(2) calls the limit of descriptors. */
	if (error == 0 && fd[1] != n && dup3(fd[1], n, O_CLOEXEC) == -1)
		error = errno == EBADF ? EMFILE : errno;
	if (fd[1] != n)
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
	size_t all = 0;
	ssize_t n;

	if (a->state != NULL)
		return clock_milliseconds() < a->next ? 0 :
		    fault_set(&l->fault, STEP_ready, REASON_NO_NEWLINE,
		    a->condition->text);
	while ((n = read(a->fd, text, sizeof text)) > 0) {
		if (memchr(text, '\n', (size_t)n) != NULL) {
			a->met = true;
			close_fd(l, a);
			return 0;
		}
		all += (size_t)n;
		if (all >= LOOK_BYTES)
			return 0;
	}
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : errno;
	/* Who ends closes it, too: his end is the better reason. */
	close_fd(l, a);
	a->state = a;
	a->next = clock_milliseconds() + LAST_WORD;
	return 0;
}

const struct await_kind await_fd = { .open = open_fd, .begin = begin_fd,
    .look = look_fd, .close = close_fd };
