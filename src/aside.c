/* SPDX-License-Identifier: ISC
 *
 * What may never end, in a child.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "aside.h"
#include "clock.h"
#include "fds.h"
#include "launch.h"
#include "paths.h"
#include "privs.h"
#include "ready_end.h"
#include "report.h"

#define REAP_LIMIT	20	/* milliseconds */
#define DEATH_LOOK	50	/* between two looks whether the daemon lives */
#define LAST_WORD	500	/* after its death */

/* 0: a place that is free. */
static struct helper *
find_helper(struct family *f, pid_t pid)
{
	for (int i = 0; i < FAMILY_HELPERS; i++)
		if (f->helper[i].pid == pid)
			return &f->helper[i];
	return NULL;
}

void
aside_reap_left(struct family *f)
{
	for (int i = 0; i < FAMILY_HELPERS; i++) {
		struct helper *h = &f->helper[i];
		pid_t reaped;

		if (!h->left)
			continue;
		do
			reaped = waitpid(h->pid, NULL, WNOHANG);
		while (reaped > 0);
		if (reaped == -1 && errno == ECHILD)
			*h = (struct helper){ .pid = 0 };
	}
}

int
aside_reap(struct launch *l, pid_t pid, bool done)
{
	struct helper *h = find_helper(&l->family, pid);
	int status = 0;

	if (!done)
		(void)kill(pid, SIGKILL);
	/* Nobody waits for SIGCHLD here: it may be the daemon's. */
	for (int i = 0; i < REAP_LIMIT &&
	    waitpid(pid, &status, done ? 0 : WNOHANG) == 0; i++)
		(void)poll(NULL, 0, 1);
	if (h != NULL)
		h->left = true;
	aside_reap_left(&l->family);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

struct helper *
aside_place(struct launch *l)
{
	aside_reap_left(&l->family);
	return find_helper(&l->family, 0);
}

pid_t
aside_fork(struct launch *l)
{
	struct helper *place = aside_place(l);
	pid_t pid;

	errno = EAGAIN;
	if (place == NULL)
		return -1;
	pid = fork();
	if (pid != -1)
		place->pid = pid == 0 ? getpid() : pid;
	return pid;
}

int
aside_wait(struct launch *l, int fd, int64_t until)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
	    { .fd = l->signals, .events = POLLIN } };
	bool dead = false;

	for (;;) {
		int64_t left = until - clock_milliseconds();
		int n = poll(p, 2, left < 0 ? 0 : left < DEATH_LOOK ?
		    (int)left : DEATH_LOOK);

		if (n == -1 && errno != EINTR)
			return errno;
		if (n > 0)
			return p[0].revents != 0 ? 0 : ETIMEDOUT;
		if (clock_milliseconds() >= until)
			return ETIMEDOUT;
		if (dead || !l->executed || !has_died(l))
			continue;
		dead = true;
		if (until > clock_milliseconds() + LAST_WORD)
			until = clock_milliseconds() + LAST_WORD;
	}
}

static int
take(struct launch *l, void *what, size_t size, int from, int64_t until)
{
	size_t got = 0;

	while (got < size) {
		int error = aside_wait(l, from, until);
		ssize_t n;

		if (error != 0)
			return error;
		n = read(from, (char *)what + got, size - got);
		if (n == -1 && errno != EINTR)
			return errno;
		if (n == 0)
			return REASON_LOOK_ENDED;
		got += n == -1 ? 0 : (size_t)n;
	}
	return 0;
}

/* Not when the front is not there any more, who could end us. */
static void __attribute__((noreturn))
answer(struct launch *l, void (*look)(struct launch *, void *), void *what,
    size_t size, int to, pid_t front)
{
	ssize_t n;

	fds_close_but(to, -1);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		_exit(errno);
	if (getppid() != front)
		_exit(0);
	/* Nobody's directory is busy by us. */
	(void)!chdir("/");
	look(l, what);
	n = write(to, what, size);
	_exit(n == (ssize_t)size ? 0 : n == -1 ? errno : EIO);
}

int
aside(struct launch *l, void (*look)(struct launch *, void *), void *what,
    size_t size, int64_t until)
{
	int ends[2], error, status;
	pid_t front = getpid(), pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return errno;
	pid = aside_fork(l);
	if (pid == 0)
		answer(l, look, what, size, ends[1], front);
	error = pid == -1 ? errno : 0;
	close(ends[1]);
	if (error == 0) {
		error = take(l, what, size, ends[0], until);
		status = aside_reap(l, pid, error == 0);
		if (error == REASON_LOOK_ENDED && status != 0)
			error = status;
	}
	close(ends[0]);
	return error;
}

/* See the steps of these names. */
static int
become_user(const struct account *account)
{
	int error;

	if ((error = privs_set_groups(account)) != 0 ||
	    (error = privs_set_gid(account)) != 0 ||
	    (error = privs_set_uid(account)) != 0 || account->uid == 0)
		return error;
	return privs_drop_capabilities(0);
}

int
aside_become_user(const struct resolved *to)
{
	int error = to->account.differs ? become_user(&to->account) : 0;

	if (error != 0)
		return error;
	/* The kernel has forgotten it. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ? errno : 0;
}

int
aside_enter_root(const struct resolved *to)
{
	struct place root;
	int error = 0;

	if (to->chroot != NULL) {
		error = place_make_root(to->chroot, &to->account, &root);
		place_close(&root);
	}
	return error;
}
