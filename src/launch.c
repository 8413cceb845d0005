/* SPDX-License-Identifier: ISC
 *
 * The run loop of the steps, the three processes that share it, and the
 * front's wait for the outcome.
 */
#include <sys/signalfd.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cleaner.h"
#include "explain.h"
#include "launch.h"
#include "others.h"
#include "ready.h"
#include "ready_stop.h"
#include "status.h"
#include "steps.h"
#include "wait.h"

void
launch_init(struct launch *l, const struct daemon_spec *spec,
    const struct resolved *to)
{
	*l = (struct launch){ .spec = spec, .to = to, .process = FRONT,
	    .messages = STDERR_FILENO, .lock_place.dir = -1, .lockfile.fd = -1,
	    .null = -1, .root = -1, .ruleset = -1, .cleaner_call = -1,
	    .status_read = -1, .status_write = -1, .signals = -1,
	    .middle = -1, .stat = -1 };
	pidfile_init(&l->pidfile);
	for (int i = 0; i <= 2; i++)
		l->stream[i] = (struct stream){ .fd = -1, .place.dir = -1 };
}

int
launch_hear_signals(struct launch *l)
{
	l->signals = signalfd(-1, &l->enders, SFD_CLOEXEC);
	return l->signals == -1 ? errno : 0;
}

/* Nothing is allocated: the daemon may be at it, in the same memory. */
void
launch_say_step(const struct launch *l, enum step step)
{
	char detail[1024];

	if (explain_step(step, l, detail, sizeof detail) >= sizeof detail)
		text_cut(detail, sizeof detail);
	note(l->messages, "%s%s%s", step_words(step),
	    detail[0] != '\0' ? ": " : "", detail);
}

/* --verbose: the front speaks, the others tell it. */
static void
tell_step(struct launch *l, enum step step)
{
	if (!l->spec->verbose)
		return;
	if (l->status_write == -1 || l->process == FRONT)
		launch_say_step(l, step);
	else
		(void)status_send(l->status_write, MESSAGE_STEP, getpid(),
		    step);
}

/* Do the steps of one process. */
static int
run_steps(struct launch *l, enum process process)
{
	for (int i = 0; i < STEP_COUNT; i++) {
		enum step step = (enum step)i;
		int error;

		if (!step_applies(step, process, l))
			continue;
		fault_set(&l->fault, step, 0, NULL);
		error = step_run(step, l);
		if (error != 0) {
			l->fault.error = error;
			return error;
		}
		/* Its child has told it, in time. */
		if (step != STEP_refork)
			tell_step(l, step);
	}
	return 0;
}

/* Remove the outputs that this process, or the one it came from, made. */
static void
undo_streams(const struct launch *l)
{
	stream_undo(&l->stream[1], l->executed);
	stream_undo(&l->stream[2], l->executed);
}

/* Remove every file that a failed start has made, as far as rights go. */
static void
undo_files(struct launch *l)
{
	for (size_t i = 0; l->bound != NULL && i < l->spec->listen_count; i++)
		socket_undo(&l->bound[i]);
	undo_streams(l);
	if (l->lockfile.created)
		(void)place_unlink(&l->lock_place, l->lock_place.name,
		    &l->lockfile.st);
	pidfile_withdraw(&l->pidfile);
}

void
launch_undo_own(struct launch *l)
{
	if (l->spec->foreground)
		undo_files(l);
	else
		undo_streams(l);
}

void
launch_child(const struct launch *parent, enum process process)
{
	struct launch l = *parent;
	int error;

	l.process = process;
	if (process == DAEMON) {
		(void)status_send(l.status_write, MESSAGE_FORKED, getpid(),
		    STEP_refork);
		tell_step(&l, STEP_refork);
	}
	error = run_steps(&l, process);
	if (error == 0)
		_exit(EXIT_OK);
	if (process == DAEMON)
		undo_streams(&l);
	if (l.cleaner_call != -1)
		cleaner_call(&l);
	/* Without a front, what can still be removed is ours to remove. */
	if (status_send_fault(l.status_write, &l.fault) == EPIPE)
		undo_files(&l);
	_exit(EXIT_KILLED);
}

static void
say_left(struct launch *l)
{
	if (l->fault.error == REASON_LATE)
		l->fault.error = REASON_KEPT;
	if (l->fault.error == REASON_TOO_LATE)
		l->fault.error = REASON_STUCK;
	fault_detail(&l->fault, "and it could not be ended");
}

/* What may run the program, or come to do so, has to keep its pidfile. */
static void
undo(struct launch *l)
{
	struct fault fault = l->fault;
	enum end end = END_NOT;

	if (!l->executed || ready_stop(l))
		end = end_children(l);
	if (l->family.session > 0 && !l->executed)
		ready_kill(l);
	l->fault = fault;
	if (end != END_GONE)
		say_left(l);
	if (end == END_NOT) {
		pidfile_settle(&l->pidfile);
		return;
	}
	undo_files(l);
	if (l->cleaner_call != -1)
		cleaner_call(l);
}

/* A signal that ended the start ends us too, as the caller expects. */
static void
end_by_signal(struct launch *l)
{
	if (l->ready != NULL && l->ready->interrupted != 0)
		raise(l->ready->interrupted);
	ready_close(l);
	(void)sigprocmask(SIG_SETMASK, &l->callers_mask, NULL);
}

/* What holds a lock is no daemon, if a pidfile says that none runs. */
static bool
is_running(const struct launch *l, int error)
{
	return error == REASON_ALREADY ||
	    (error == REASON_LOCKED && l->to->pidfile == NULL);
}

static int
give_up(struct launch *l)
{
	int error = l->fault.error;

	if (error == REASON_KEPT)
		pidfile_settle(&l->pidfile);
	else
		undo(l);
	if (is_running(l, error) && l->spec->ok_if_running)
		return EXIT_OK;
	fault_print(&l->fault, l->messages);
	if (l->executed)
		evidence_print(l);
	if (error == REASON_INTERRUPTED)
		end_by_signal(l);
	return (int)fault_status(&l->fault);
}

/*
 * What a script may have meant to pass, it should hear of: by whole names,
 * which --env takes.
 */
static void
say_dropped(const struct launch *l)
{
	const struct environment *env = &l->to->env;
	char names[512] = "", more[48] = "";
	size_t n = 0, left = 0;

	for (size_t i = 0; i < env->dropped_count; i++) {
		const char *var = env->dropped[i].variable;
		size_t length = environ_name_length(var);

		if (env->dropped[i].class != DROP_LOADER)
			continue;
		if (length + 2 < sizeof names - n)
			n += (size_t)snprintf(names + n, sizeof names - n,
			    "%s%.*s", n > 0 ? ", " : "", (int)length, var);
		else
			left++;
	}
	if (left > 0)
		snprintf(more, sizeof more, "%s%zu more (see --explain)",
		    n > 0 ? " and " : "", left);
	if (n + left > 0 && !l->spec->quiet)
		note(l->messages, "not passed on, use --env to keep: %s%s",
		    names, more);
}

/* In the end descriptor 2 is the daemon's; messages go to the caller's. */
static int
keep_messages(struct launch *l)
{
	if (!l->spec->foreground || l->to->streams[2].kind == SOURCE_KEEP)
		return 0;
	/* Above the sockets. */
	l->messages = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC,
	    SOCKETS_FIRST + (int)l->spec->listen_count);
	if (l->messages != -1)
		return 0;
	l->messages = STDERR_FILENO;
	return fault_set(&l->fault, STEP_descriptors, errno, NULL);
}

/* Until the program runs, and is ready.  0, or an error with the fault. */
static int
wait_for_start(struct launch *l)
{
	int error;

	/* The middle leads the session that the daemon is in. */
	if (l->ready != NULL)
		l->family.session = l->middle;
	error = wait_for_exec(l);
	if (error != 0 || l->ready == NULL)
		return error;
	l->executed = true;
	return ready_wait(l);
}

/* Could a lock or an address be needed that the caller has open? */
static bool
others_are_in_the_way(const struct launch *l)
{
	return l->to->lockfile != NULL || l->spec->listen_count > 0 ||
	    l->spec->ready_count > 0 || l->spec->mode == MODE_RESTART;
}

static int
start(struct launch *l)
{
	if (others_are_in_the_way(l))
		others_close(l->spec, l->to);
	if (keep_messages(l) != 0 || run_steps(l, FRONT) != 0)
		return give_up(l);
	if (l->spec->foreground) {
		say_dropped(l);
		return run_steps(l, DAEMON) != 0 ? give_up(l) : EXIT_KILLED;
	}
	if (wait_for_start(l) != 0)
		return give_up(l);
	pidfile_settle(&l->pidfile);
	say_dropped(l);
	if (l->spec->verbose)
		note(l->messages, "%s: process %d", l->ready != NULL ?
		    "ready" : "started", (int)l->daemon);
	return EXIT_OK;
}

int
launch(const struct daemon_spec *spec, const struct resolved *to)
{
	struct launch l;
	int status;

	launch_init(&l, spec, to);
	status = start(&l);
	ready_close(&l);
	return status;
}
