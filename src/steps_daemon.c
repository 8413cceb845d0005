/* SPDX-License-Identifier: ISC
 *
 * The steps of the daemon, up to the exec; steps_rights.c has those in between
 * that change what it may do.
 */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fds.h"
#include "program.h"
#include "ready.h"
#include "signals.h"
#include "status.h"
#include "steps_run.h"

/* The kernel's set, with the real-time signals that libc keeps for itself. */
#define SIGNAL_BYTES	((_NSIG + 7) / 8 & ~7)

int
step_setpgid(struct launch *l)
{
	(void)l;
	return setpgid(0, 0) == -1 ? errno : 0;
}

/*
 * Straight to the kernel: libc hides two real-time signals, which a caller
 * without it may have ignored all the same.  All zero is SIG_DFL.  What our own
 * writing can bring about waits for the exec.
 */
int
step_dispositions(struct launch *l)
{
	static const unsigned long default_action[16];

	(void)l;
	for (int i = 1; i <= SIGNAL_BYTES * 8; i++)
		if (i != SIGKILL && i != SIGSTOP && i != SIGPIPE &&
		    i != SIGXFSZ &&
		    syscall(SYS_rt_sigaction, i, default_action, NULL,
		    SIGNAL_BYTES) == -1)
			return errno;
	return 0;
}

int
step_cloexec(struct launch *l)
{
	(void)l;
	return fds_mark_all();
}

int
step_publish(struct launch *l)
{
	struct identity self;
	int error = identity_self(l->told, &self);

	step_object(l, l->to->called);
	self.ready = l->ready != NULL ? READINESS_NO : READINESS_UNASKED;
	if (error == 0)
		error = pidfile_publish(&l->pidfile, &self, &l->fault);
	/* No front stays behind to do it: from now on, we are the proof. */
	if (error == 0 && l->spec->foreground)
		pidfile_settle(&l->pidfile);
	return error;
}

int
step_own_input(struct launch *l)
{
	return open_stream(l, 0);
}

int
step_own_outputs(struct launch *l)
{
	int error = 0;

	if (l->stream[1].late)
		error = open_stream(l, 1);
	if (error == 0)
		error = open_error_output(l);
	for (int i = 1; error == 0 && l->ready != NULL && i <= 2; i++)
		if (l->stream[i].late)
			error = evidence_send(l, i);
	return error;
}

int
step_chdir(struct launch *l)
{
	step_object(l, l->to->chdir);
	return chdir(l->to->chdir) == -1 ? errno : 0;
}

int
step_umask(struct launch *l)
{
	umask(l->spec->umask);
	return 0;
}

int
step_descriptors(struct launch *l)
{
	int error = 0;

	for (int i = 0; error == 0 && i <= 2; i++) {
		if (l->stream[i].fd == -1)
			continue;
		if (dup2(l->stream[i].fd, i) == -1)
			return errno;
		if (l->to->streams[i].kind == SOURCE_FD)
			error = set_blocking(i);
	}
	for (size_t i = 0; error == 0 && i < l->to->keep_count; i++)
		error = fds_pass(l->to->keep_fds[i]);
	for (int i = 0; error == 0 && i < l->to->env.listen_fds; i++)
		error = fds_pass(SOCKETS_FIRST + i);
	for (size_t i = 0; error == 0 && i < l->spec->ready_count; i++)
		if (l->spec->ready[i].kind == CONDITION_fd)
			error = fds_pass(l->spec->ready[i].fd);
	sockets_set_pid(l->to);
	if (error == 0 && l->lockfile.fd != -1) {
		/* O_NONBLOCK was for the opening only. */
		if (fcntl(l->lockfile.fd, F_SETFL, 0) == -1)
			return errno;
		error = fds_pass(l->lockfile.fd);
	}
	return error;
}

/* A fork has none; an exec in place would keep the caller's. */
int
step_timers(struct launch *l)
{
	static const struct itimerval none;

	(void)l;
	if (setitimer(ITIMER_REAL, &none, NULL) == -1 ||
	    setitimer(ITIMER_VIRTUAL, &none, NULL) == -1 ||
	    setitimer(ITIMER_PROF, &none, NULL) == -1)
		return errno;
	return 0;
}

/* Truncated is only what a program will write to that can be executed. */
int
step_examine(struct launch *l)
{
	char path[PROGRAM_PATH];
	struct program_parts parts;
	int error;

	step_object(l, l->spec->argv[0]);
	error = program_find(l->to, l->spec->argv[0], path);
	if (error == 0)
		error = program_take_apart(path, &parts, l->fault.detail);
	/* The exec would say so, of what is no program any more. */
	for (int i = 1; error == 0 && i <= 2; i++)
		if (must_truncate(l, i) && program_is_file(path, &parts, i))
			error = ETXTBSY;
	if (error == 0)
		error = program_allowed(path, l->spec->argv,
		    l->to->env.vars);
	/* It is the exec that cannot be done. */
	if (error != 0)
		l->fault.step = STEP_exec;
	return error;
}

/* Where nobody hears that we run, we must not, and change nothing. */
int
step_announce(struct launch *l)
{
	return status_send(l->status_write, MESSAGE_EXEC, getpid(),
	    STEP_announce);
}

/* A signal that is going to end us as soon as it can. */
static bool
is_ended(const struct launch *l)
{
	sigset_t pending;

	if (sigpending(&pending) == -1)
		return false;
	for (int i = 1; i < _NSIG; i++)
		if (sigismember(&pending, i) == 1 &&
		    sigismember(&l->enders, i) == 1)
			return true;
	return false;
}

int
step_truncate(struct launch *l)
{
	if (is_ended(l))
		return REASON_INTERRUPTED;
	for (int i = 1; i <= 2; i++) {
		step_object(l, l->to->streams[i].asked);
		if (must_truncate(l, i) && ftruncate(i, 0) == -1)
			return errno;
	}
	return 0;
}

/*
 * Without a front, it is for us to undo the start.  What does not end it, as
 * what the caller ignores or blocks, does not come to the program either.
 */
static int
drop_pending(const struct launch *l)
{
	const struct timespec now = { 0 };
	sigset_t all;

	/* libc's sigfillset(3) leaves out two that it keeps for itself. */
	memset(&all, 0xff, sizeof all);
	for (int i = 1; i < _NSIG; i++)
		if (sigismember(&l->enders, i) == 1)
			(void)sigdelset(&all, i);
	while (sigtimedwait(&all, NULL, &now) > 0)
		continue;
	return is_ended(l) ? REASON_INTERRUPTED : 0;
}

int
step_exec(struct launch *l)
{
	char path[PROGRAM_PATH];
	sigset_t none;
	int error;

	step_object(l, l->spec->argv[0]);
	error = program_find(l->to, l->spec->argv[0], path);
	if (error != 0)
		return error;
	if (l->spec->foreground && (error = drop_pending(l)) != 0)
		return error;
	/* Whatever is pending has its default effect: the front sees it. */
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		return errno;
	/* Only now, when those of our own messages are no longer pending. */
	if ((error = signals_of_writing(SIG_DFL, NULL)) != 0)
		return error;
	execve(path, l->spec->argv, l->to->env.vars);
	error = program_refused(path, errno, l->fault.detail);
	/* They must not cost us the exit status. */
	(void)signals_of_writing(SIG_IGN, NULL);
	return error;
}
