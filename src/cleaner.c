/* SPDX-License-Identifier: ISC
 *
 * The cleaner.  It sleeps on a pipe: a byte calls it, and the end of file,
 * which an exec brings about, sends it home.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "aside.h"
#include "children.h"
#include "cleaner.h"
#include "status.h"

#define CLEANING_LIMIT	5000	/* milliseconds */
#define END_LIMIT	10	/* tenths of a second */

static void __attribute__((noreturn))
be_cleaner(struct launch *l, int call)
{
	char byte;

	if (read(call, &byte, 1) == 1) {
		launch_undo_own(l);
		/* An earlier one, with more rights. */
		if (l->cleaner_call != -1)
			cleaner_call(l);
	}
	_exit(EXIT_OK);
}

/* Nobody must wait for the cleaner: no pipe's end, no port, and no lock. */
static void
let_go(struct launch *l, const int call[2], const int done[2])
{
	close(call[1]);
	close(done[0]);
	if (l->status_write != -1)
		close(l->status_write);
	if (l->ruleset != -1)
		close(l->ruleset);
	if (l->lockfile.fd != -1)
		close(l->lockfile.fd);
	for (int i = 0; i < l->to->env.listen_fds; i++)
		close(SOCKETS_FIRST + i);
	for (int i = 0; i <= 2; i++) {
		close(i);
		if (l->stream[i].fd > 2 && !l->stream[i].shared)
			close(l->stream[i].fd);
	}
}

/* Twice, so that the program has no child that it does not know. */
static int
fork_away(struct launch *l, const int call[2], const int done[2])
{
	pid_t pid = fork();
	int status;
	ssize_t n;

	if (pid == 0) {
		/* Before anybody goes on who could miss it. */
		let_go(l, call, done);
		pid = fork();
		if (pid == 0)
			be_cleaner(l, call[0]);
		if (pid == -1 || l->spec->foreground)
			_exit(pid == -1 ? errno : 0);
		n = write(done[1], &pid, sizeof pid);
		_exit(n == sizeof pid ? 0 : n == -1 ? errno : EIO);
	}
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

/* It is the front that becomes its parent, and would take it for an orphan. */
static int
tell_front(const struct launch *l, const int done[2])
{
	pid_t pid;
	ssize_t n;

	if (l->spec->foreground)
		return 0;
	n = read(done[0], &pid, sizeof pid);
	if (n != sizeof pid)
		return n == -1 ? errno : EIO;
	return status_send(l->status_write, MESSAGE_CLEANER, pid,
	    STEP_own_cleaner);
}

int
cleaner_start(struct launch *l)
{
	int call[2], done[2], error;

	if (pipe2(call, O_CLOEXEC) == -1 || pipe2(done, O_CLOEXEC) == -1)
		return errno;
	error = fork_away(l, call, done);
	if (error == 0)
		error = tell_front(l, done);
	close(call[0]);
	close(done[1]);
	if (error != 0)
		return error;
	l->cleaner_call = call[1];
	l->cleaner_done = done[0];
	return 0;
}

void
cleaner_call(struct launch *l)
{
	struct pollfd done = { .fd = l->cleaner_done, .events = POLLIN };

	if (write(l->cleaner_call, "", 1) == 1)
		(void)poll(&done, 1, CLEANING_LIMIT);
	close(l->cleaner_call);
	l->cleaner_call = -1;
}

void
cleaner_end(struct launch *l)
{
	pid_t pid = l->cleaner;
	struct helper *place;

	l->cleaner = 0;
	/* It may be cleaning, or be another user's to stop. */
	if (pid == 0 || reap(pid, END_LIMIT) != ETIMEDOUT)
		return;
	(void)kill(pid, SIGKILL);
	if (reap(pid, 1) == ETIMEDOUT && (place = aside_place(l)) != NULL)
		*place = (struct helper){ .pid = pid, .left = true };
}
