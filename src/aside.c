/* SPDX-License-Identifier: ISC
 *
 * What may never end, in a child.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "aside.h"
#include "clock.h"
#include "fds.h"
#include "launch.h"
#include "ready.h"
#include "report.h"

#define REAP_LIMIT	20	/* milliseconds */
#define CLOSE_LIMIT	5000	/* milliseconds */

static void __attribute__((noreturn))
answer(struct launch *l, void (*look)(struct launch *, void *), void *what,
    size_t size, int fd, int to)
{
	ssize_t n;

	l->ready->family.aside = getpid();
	fds_close_but(fd, to);
	look(l, what);
	n = write(to, what, size);
	_exit(n == (ssize_t)size ? 0 : n == -1 ? errno : EIO);
}

/* read(2), or ETIMEDOUT. */
static ssize_t
read_in_time(const struct launch *l, int from, char *p, size_t size,
    int64_t until)
{
	struct pollfd polled[2] = { { .fd = from, .events = POLLIN },
	    { .fd = l->signals, .events = POLLIN } };
	int64_t left = until - clock_milliseconds();

	if (poll(polled, 2, left < 0 ? 0 : left > INT_MAX ? INT_MAX :
	    (int)left) == -1)
		return -1;
	if (polled[0].revents != 0)
		return read(from, p, size);
	errno = ETIMEDOUT;
	return -1;
}

static int
take(struct launch *l, void *what, size_t size, int from, int64_t until)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = read_in_time(l, from, (char *)what + got,
		    size - got, until);

		if (n == -1 && errno != EINTR)
			return errno;
		if (n == 0)
			return REASON_LOOK_ENDED;
		got += n == -1 ? 0 : (size_t)n;
	}
	return 0;
}

/*
 * Whoever has answered is as good as gone.  Nobody waits for SIGCHLD here: it
 * may be the daemon's.  0, or the error that its exit status is.
 */
static int
reap_it(struct family *f, bool answered)
{
	int status = 0;

	if (!answered)
		(void)kill(f->aside, SIGKILL);
	for (int i = 0; waitpid(f->aside, &status, answered ? 0 : WNOHANG) ==
	    0; i++) {
		if (i == REAP_LIMIT)
			return 0;
		(void)poll(NULL, 0, 1);
	}
	f->aside = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

int
aside(struct launch *l, void (*look)(struct launch *, void *), void *what,
    size_t size, int fd, int64_t until)
{
	struct family *f = &l->ready->family;
	int ends[2], error, its;

	/* One that hangs is enough. */
	if (f->aside != 0)
		(void)reap_it(f, false);
	if (f->aside != 0)
		return ETIMEDOUT;
	if (pipe2(ends, O_CLOEXEC) == -1)
		return errno;
	f->aside = fork();
	if (f->aside == 0)
		answer(l, look, what, size, fd, ends[1]);
	error = f->aside == -1 ? errno : 0;
	close(ends[1]);
	if (error == 0) {
		error = take(l, what, size, ends[0], until);
		its = reap_it(f, error == 0);
		if (error == REASON_LOOK_ENDED && its != 0)
			error = its;
	} else {
		f->aside = 0;
	}
	close(ends[0]);
	return error;
}

void
aside_close(struct launch *l, int fd)
{
	struct family *f = &l->ready->family;
	pid_t child = fork();

	if (child == 0) {
		fds_close_but(fd, -1);
		/* Should nobody be there any more who could kill us. */
		(void)poll(NULL, 0, CLOSE_LIMIT);
		_exit(EXIT_OK);
	}
	close(fd);
	if (child > 0) {
		f->aside = child;
		(void)reap_it(f, false);
	}
}
