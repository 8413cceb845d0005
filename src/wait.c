/* SPDX-License-Identifier: ISC
 *
 * The front's wait: what the other processes say, and what the kernel says of
 * them in the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "awake.h"
#include "children.h"
#include "cleaner.h"
#include "clock.h"
#include "crash.h"
#include "identity.h"
#include "proc.h"
#include "ready.h"
#include "status.h"
#include "wait.h"

#define LOAD_LIMIT	5	/* seconds */
#define LOOKS_IN_HASTE	20

static int
fail(struct launch *l, int reason)
{
	return fault_set(&l->fault, STEP_exec, reason, l->spec->argv[0]);
}

/* Not the program's fault: we cannot learn what has become of it. */
static int
fail_waiting(struct launch *l, int error)
{
	return fault_set(&l->fault, STEP_wait, error, l->spec->argv[0]);
}

/*
 * The pipe has closed without a word, or after the daemon has said that it
 * would execute: the kernel knows how it ended.
 */
static int
ended(struct launch *l, const siginfo_t *info)
{
	fail(l, REASON_BEFORE_EXEC);
	if (info->si_pid == 0)
		return l->fault.error;
	return fault_detail(&l->fault, info->si_code == CLD_EXITED ?
	    "exit status %d" : "signal %d", info->si_status);
}

/*
 * The descriptors close early in an exec.  A file that turns out to be cut
 * off later is the end of the process: wait until it is loaded, or dead.
 */
static int
check_loaded(struct launch *l)
{
	const struct timespec pause = { .tv_nsec = 50000 };
	int64_t end = 0;
	siginfo_t info;
	int error, executed;

	for (int looks = 0;; looks++) {
		/* First: whoever was stopped here looks once more. */
		bool late = end != 0 && clock_milliseconds() > end;
		/* The end of one that is traced is told to its tracer first. */
		bool dead = end != 0 && pid_is_zombie(l->daemon);

		if ((error = child_look(l->daemon, &info)) != 0)
			return fail_waiting(l, error);
		if (info.si_pid != 0 || dead)
			break;
		if (l->stat == -1)
			l->stat = proc_open_stat(l->daemon);
		if (l->stat == -1 ? looks == LOOKS_IN_HASTE :
		    child_is_loaded(l->stat, l->daemon))
			return 0;
		/* A pause would be longer than the rest of most execs. */
		if (looks < LOOKS_IN_HASTE) {
			(void)sched_yield();
			continue;
		}
		if (looks == LOOKS_IN_HASTE && !proc_tells_loaded())
			return 0;
		if (end == 0)
			end = clock_milliseconds() + LOAD_LIMIT * 1000;
		if (late)
			return fail(l, REASON_TOO_LATE);
		nanosleep(&pause, NULL);
	}
	/* It has run, and is gone already: that is a start. */
	executed = child_has_executed(l->stat, l->daemon);
	if (executed == 0)
		return ended(l, &info);
	/* We ourselves do not exit after the promise without a word. */
	if (info.si_code == CLD_EXITED)
		return 0;
	if (executed == -1)
		return ended(l, &info);
	error = info.si_status == SIGSEGV ? crash_reason(l) : 0;
	return error == 0 ? 0 : fail(l, error);
}

/* Take one message.  1 there may be more, 0 the end, -1 with errno. */
static int
hear(struct launch *l, struct message *message)
{
	int n = status_receive(l->status_read, message, &l->fault);

	if (n == 1 && (message->kind == MESSAGE_EXEC ||
	    message->kind == MESSAGE_FORKED))
		l->daemon = message->pid;
	if (n == 1 && message->kind == MESSAGE_CLEANER)
		l->cleaner = message->pid;
	return n;
}

/*
 * Until the daemon has executed or is dead, and so has closed the pipe: what it
 * writes meanwhile is no reason to wake up.  0, or a reason to give up.
 */
static int
wait_for_pipe(struct launch *l)
{
	struct pollfd p[2] = { { .fd = l->status_read },
	    { .fd = l->signals, .events = POLLIN } };
	int n = poll(p, 2, START_LIMIT * 1000);

	if (n == 0)
		return REASON_TOO_LATE;
	if (n == -1)
		return errno;
	/* Once the program runs, the wait for readiness ends it better. */
	if ((p[1].revents & POLLIN) == 0 ||
	    (l->ready != NULL && p[0].revents != 0))
		return 0;
	if (l->ready != NULL)
		ready_hear_signal(l);
	return REASON_INTERRUPTED;
}

static int
hear_all(struct launch *l, bool *executing, bool *failed)
{
	struct message message;
	int error = wait_for_pipe(l), n;

	if (error == REASON_TOO_LATE || error == REASON_INTERRUPTED)
		return fail(l, error);
	if (error != 0)
		return fail_waiting(l, error);
	while ((n = hear(l, &message)) == 1) {
		*executing |= message.kind == MESSAGE_EXEC;
		*failed |= message.kind == MESSAGE_FAIL;
		if (message.kind == MESSAGE_STEP)
			launch_say_step(l, message.step);
	}
	return n == 0 ? 0 : fail_waiting(l, errno);
}

static int
hear_what_becomes(struct launch *l)
{
	bool executing = false, failed = false;
	siginfo_t info = { 0 };
	int error = hear_all(l, &executing, &failed);
	pid_t daemon;

	if (error != 0)
		return error;
	cleaner_end(l);
	if (failed)
		return l->fault.error;
	/* Before its first word, the daemon was told of by the middle. */
	daemon = l->daemon > 0 ? l->daemon : l->told->pid;
	/* The kernel closes what one had before it tells that it is dead. */
	if (!executing && daemon == 0)
		error = child_look_again(l->middle, REAP_LIMIT, &info);
	/* That is nobody's reason. */
	if (info.si_code == CLD_EXITED && info.si_status == EXIT_OK)
		info.si_pid = 0;
	/* Where it had to be a plain fork, only then is the daemon ours. */
	if (error == 0)
		error = reap(l->middle, REAP_LIMIT);
	if (error != 0)
		return fail_waiting(l, error);
	l->middle = -1;
	if (executing)
		return check_loaded(l);
	if (daemon > 0 && (error = child_look_again(daemon, REAP_GRACE,
	    &info)) != 0)
		return fail_waiting(l, error);
	return ended(l, &info);
}

/*
 * Is it worth while to stay awake?  Not if the daemon may come to need the very
 * processor that we are on, nor where /proc does not tell of it: then the end
 * of the pipe is the better proof the later it comes.
 */
static bool
may_stay_awake(const struct launch *l)
{
	const struct sched *sched = &l->spec->sched;

	return !sched->policy_asked && !sched->cpus_asked &&
	    l->stat != -1 && child_is_there(l->stat);
}

int
wait_for_exec(struct launch *l)
{
	int error;

	if (l->told != NULL && l->told->pid > 0) {
		/* In the end we have to look, and until then there is time. */
		l->stat = proc_open_stat(l->told->pid);
		if (may_stay_awake(l))
			stay_awake(l->told);
	}
	/*
	 * Who is the last to close is heard at once, but for the daemon: the
	 * kernel closes what it has open at the end of its exec.
	 */
	close(l->status_write);
	l->status_write = -1;
	error = hear_what_becomes(l);
	if (l->stat != -1)
		close(l->stat);
	l->stat = -1;
	return error;
}

static enum end
later(enum end a, enum end b)
{
	return a > b ? a : b;
}

/* What the daemon has said so far; its steps are of no interest any more. */
static bool
has_announced(struct launch *l)
{
	struct message message;
	bool announced = false;

	if (l->status_read == -1 ||
	    fcntl(l->status_read, F_SETFL, O_NONBLOCK) == -1)
		return true;
	while (hear(l, &message) == 1)
		announced |= message.kind == MESSAGE_EXEC;
	return announced;
}

/*
 * The daemon does not execute what it cannot announce: it gives up, and
 * removes what it alone can.  Whatever it has executed has its group, as has
 * a rehearsal, which may have ended it.
 */
static enum end
end_daemon(struct launch *l, bool announced)
{
	siginfo_t info;
	enum end end = END_GONE;

	if (announced || reap(l->daemon, REAP_GRACE) != 0) {
		/* Or else the number may mean somebody else's group. */
		if (child_look(l->daemon, &info) == 0)
			(void)kill(-l->daemon, SIGKILL);
		end = end_child(l->daemon);
	}
	/* Orphans are children of ours. */
	return later(end, end_child(-l->daemon));
}

enum end
end_children(struct launch *l)
{
	enum end end = END_GONE;
	bool announced;

	/* A daemon that has not told its pid yet is still in this group. */
	if (l->middle > 0) {
		end = end_child(l->middle);
		end = later(end, end_child(-l->middle));
	}
	announced = has_announced(l);
	if (l->status_read != -1)
		close(l->status_read);
	l->status_read = -1;
	/* What it has executed is gone by now, or dead and kept by a tracer. */
	if (l->daemon > 0 && !l->executed)
		end = later(end, end_daemon(l, announced));
	cleaner_end(l);
	return end;
}
