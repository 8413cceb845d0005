/* SPDX-License-Identifier: ISC
 *
 * --stop, --signal and --reload.
 */
#include <sys/signalfd.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "control.h"
#include "rundir.h"
#include "signals.h"

/* After a schedule that ends in a signal. */
#define LAST_WAIT	1000	/* milliseconds */

/* What the command line calls it. */
static const char *
daemon_name(const struct daemon_spec *spec)
{
	return spec->name != NULL ? spec->name : spec->pidfile;
}

static int
control_place(const struct daemon_spec *spec, struct target *t,
    struct fault *fault)
{
	char *path = NULL;
	int error;

	target_init(t);
	error = spec->name != NULL ? rundir_pidfile(spec->name, &path) :
	    path_absolute(spec->pidfile, &path);
	if (error != 0)
		return fault_set(fault, STEP_path, error, daemon_name(spec));
	fault_set(fault, STEP_find_daemon, 0, daemon_name(spec));
	error = target_place(t, path, fault);
	free(path);
	return error;
}

int
control_find(const struct daemon_spec *spec, struct target *t,
    struct fault *fault)
{
	int error = control_place(spec, t, fault);

	return error != 0 ? error : target_look(t, fault);
}

/* A signal is for a proven daemon only. */
static int
must_run(const struct target *t, struct fault *fault)
{
	switch (t->state) {
	case PIDFILE_RUNNING:
		return 0;
	case PIDFILE_DOUBT:
		fault->error = REASON_UNPROVEN;
		return fault_detail(fault, "process %d", (int)t->pid);
	default:
		return fault->error = REASON_IS_DEAD;
	}
}

int
control_signal(const struct daemon_spec *spec)
{
	struct target t;
	struct fault fault;
	int error = control_find(spec, &t, &fault);

	if (error == 0) {
		fault_set(&fault, STEP_signal, 0, daemon_name(spec));
		if ((error = must_run(&t, &fault)) == 0)
			fault.error = error = target_signal(&t, spec->signal);
		/* It has ended between the two. */
		if (error == ESRCH)
			fault.error = error = REASON_IS_DEAD;
	}
	target_close(&t);
	return error != 0 ? fault_fail(&fault) : EXIT_OK;
}

/* One item of the schedule: true once all that is to end has ended. */
static bool
do_item(struct target *t, const struct schedule_item *item, bool group,
    int *error)
{
	if (item->signal == 0)
		return target_gone(t, group, item->wait);
	*error = target_end(t, group, item->signal);
	if (*error == 0)
		t->signal = item->signal;
	return target_gone(t, group, 0);
}

/* 0: it has ended.  ENDLESS, or the errno of a signal that was refused. */
static int
run_schedule(struct target *t, const struct schedule *s, bool group)
{
	int error = 0;

	for (int i = 0;; i++) {
		if (i == s->count && s->repeat != -1)
			i = s->repeat;
		if (i == s->count)
			break;
		if (do_item(t, &s->item[i], group, &error))
			return 0;
		if (t->interrupted)
			return REASON_INTERRUPTED;
		if (error != 0 && error != ESRCH)
			return error;
	}
	return target_gone(t, group, s->item[s->count - 1].signal != 0 ?
	    LAST_WAIT : 0) ? 0 : REASON_ENDLESS;
}

/* Remove what it has left. */
static int
forget(const struct daemon_spec *spec, const struct target *t,
    struct fault *fault)
{
	int error;

	if (t->files.place.dir == -1)
		return 0;
	error = pidfile_forget(&t->files, &t->id);
	pidfile_clear(&t->files);
	/* To a start it is stale: it goes on, or says what is in its way. */
	if (error == 0 || spec->mode == MODE_RESTART ||
	    t->state != PIDFILE_RUNNING)
		return 0;
	fault_set(fault, STEP_remove, error, daemon_name(spec));
	return fault_detail(fault, "process %d has ended", (int)t->id.pid);
}

/* Whoever stops the group that it is in would end with it, too. */
static int
leave_group(const struct target *t)
{
	return getpgid(0) == t->pid && setpgid(0, 0) == -1 ? errno : 0;
}

static int
end_running(const struct daemon_spec *spec, struct target *t,
    struct fault *fault)
{
	int error = spec->stop_group ? leave_group(t) : 0;

	if (error == 0)
		error = run_schedule(t, &spec->retry, spec->stop_group);
	fault->error = error;
	if (error == REASON_ENDLESS)
		fault_detail(fault, "process %d", (int)t->pid);
	if (error == REASON_NOT_THEIRS || error == REASON_NO_OWNER)
		fault_detail(fault, "user %u", (unsigned)t->files.uid);
	return error;
}

/* With FILE.lock held: nobody starts what we are about to stop. */
static int
stop_locked(const struct daemon_spec *spec, struct target *t,
    struct fault *fault)
{
	int error = target_look(t, fault);

	if (error != 0)
		return error;
	fault_set(fault, STEP_stop, 0, daemon_name(spec));
	if (t->state == PIDFILE_DOUBT)
		return must_run(t, fault);
	if (t->state == PIDFILE_RUNNING)
		error = end_running(spec, t, fault);
	if (error == 0)
		error = forget(spec, t, fault);
	if (error == 0 && t->state != PIDFILE_RUNNING && !spec->quiet &&
	    spec->mode == MODE_STOP)
		note(STDERR_FILENO, "not running: %s", daemon_name(spec));
	return error;
}

static int
stop(const struct daemon_spec *spec, struct target *t, const sigset_t *enders,
    struct fault *fault)
{
	int error;

	t->signals = signalfd(-1, enders, SFD_CLOEXEC);
	if (t->signals == -1)
		return fault_set(fault, STEP_signals, errno, NULL);
	/* Without its directory there is nothing to lock. */
	if (t->files.place.dir != -1 &&
	    (error = pidfile_lock(&t->files, enders, fault)) != 0) {
		fault->step = STEP_stop;
		return fault->error = error;
	}
	error = stop_locked(spec, t, fault);
	pidfile_unlock(&t->files);
	return error;
}

/* Whether it had to be killed is worth knowing. */
static void
tell_stopped(const struct target *t)
{
	char words[SIGNAL_WORDS];

	note(STDERR_FILENO, "stopped: process %d%s%s", (int)t->pid,
	    t->signal != 0 ? ", after " : "",
	    t->signal != 0 ? signal_words(t->signal, words) : "");
}

int
control_stop(const struct daemon_spec *spec)
{
	struct fault fault;
	struct target t;
	sigset_t enders, before;
	int error = control_place(spec, &t, &fault), status = EXIT_OK;

	if (error != 0)
		return fault_fail(&fault);
	/* Until now, a signal may end us: nothing is to be undone. */
	if ((error = signals_block(&enders, &before)) != 0)
		return fail_with(STEP_signals, error, NULL);
	error = stop(spec, &t, &enders, &fault);
	if (error == 0 && spec->verbose && t.state == PIDFILE_RUNNING)
		tell_stopped(&t);
	target_close(&t);
	if (error != 0)
		status = fault_fail(&fault);
	/* A signal that was waited for comes now, and ends us. */
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}
