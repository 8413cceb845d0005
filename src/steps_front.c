/* SPDX-License-Identifier: ISC
 *
 * The steps of the front, up to the fork.
 */
#include <sys/prctl.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "fds.h"
#include "others.h"
#include "ready.h"
#include "rundir.h"
#include "signals.h"
#include "status.h"
#include "steps_run.h"

int
step_signals(struct launch *l)
{
	int error = signals_block(&l->enders, &l->callers_mask);

	if (error == 0 && !l->spec->foreground)
		l->shares = others_make_room(l->spec, l->to);
	return error;
}

int
step_readiness(struct launch *l)
{
	return ready_open(l);
}

int
step_evidence(struct launch *l)
{
	const struct condition *log = spec_awaits(l->spec, CONDITION_log);
	int error = evidence_open(l);

	if (error == 0 && log != NULL && evidence_is_none(l))
		error = fault_set(&l->fault, STEP_ready, REASON_UNREADABLE,
		    log->text);
	return error;
}

int
step_rundir(struct launch *l)
{
	char path[PATH_MAX];
	int error;

	if (strlcpy(path, l->to->pidfile, sizeof path) >= sizeof path)
		return ENAMETOOLONG;
	*strrchr(path, '/') = '\0';
	error = rundir_create(path);
	step_object(l, path);
	return error;
}

static bool
has_no_room(int error)
{
	return error == EROFS || error == ENOSPC || error == EDQUOT;
}

/* Then nobody else starts anything, either; but a daemon may run. */
static int
look_without_lock(struct launch *l, int error)
{
	const struct fault locking = l->fault;

	fault_set(&l->fault, STEP_running, 0, NULL);
	if (step_running(l) == REASON_ALREADY)
		return REASON_ALREADY;
	l->fault = locking;
	return error;
}

int
step_lock(struct launch *l)
{
	int error;

	step_object(l, l->to->called);
	error = pidfile_find(&l->pidfile, l->to->pidfile, &l->to->account);
	if (error != 0)
		return step_blame(l, &l->pidfile.place, error);
	error = pidfile_lock(&l->pidfile, &l->enders, &l->fault);
	return has_no_room(error) ? look_without_lock(l, error) : error;
}

int
step_running(struct launch *l)
{
	pid_t pid = 0;
	int error;

	step_object(l, l->to->called);
	error = pidfile_check(&l->pidfile, &pid, &l->fault);
	if (error == REASON_ALREADY || error == REASON_DOUBT)
		fault_detail(&l->fault, "process %d", (int)pid);
	return error;
}

int
step_prepare(struct launch *l)
{
	step_object(l, l->to->called);
	return pidfile_prepare(&l->pidfile, &l->fault);
}

int
step_lockfile(struct launch *l)
{
	const struct account *account = &l->to->account;
	int error;

	step_object(l, l->spec->lockfile);
	error = place_find(-1, l->to->lockfile, account, &l->lock_place);
	if (error != 0)
		return error;
	/* The pidfile is a lock in itself. */
	if (pidfile_needs_place(&l->pidfile, &l->lock_place))
		return strcmp(l->pidfile.place.name, l->lock_place.name) == 0 ?
		    0 : REASON_NAME_TAKEN;
	if ((error = place_trusted(&l->lock_place, account->uid)) != 0)
		return step_blame(l, &l->lock_place, error);
	error = lock_try(&l->lockfile, &l->lock_place, l->lock_place.name,
	    account->uid);
	return error != 0 ? error : lock_judge_contents(&l->lock_place,
	    &l->lockfile.st, account->uid);
}

static int
share_null(struct launch *l, struct stream *s)
{
	int error;

	if (l->null == -1) {
		step_object(l, "/dev/null");
		if ((error = fds_open_null(&l->null)) != 0)
			return error;
	}
	s->fd = l->null;
	s->shared = true;
	return 0;
}

/* One file by two names. */
static void
share_if_same(struct launch *l)
{
	const struct stream *out = &l->stream[1];
	struct stream *err = &l->stream[2];

	if (out->fd == -1 || err->fd == -1 || err->shared || out->shared ||
	    l->to->streams[2].kind != SOURCE_FILE ||
	    !same_file(&out->st, &err->st))
		return;
	close(err->fd);
	err->fd = out->fd;
	err->shared = true;
}

int
open_error_output(struct launch *l)
{
	const struct source *to = l->to->streams;
	const struct stream *out = &l->stream[1];
	struct stream *err = &l->stream[2];
	int error = 0;

	if (to[1].kind == SOURCE_FILE && to[2].kind == SOURCE_FILE &&
	    strcmp(to[1].path, to[2].path) == 0) {
		*err = (struct stream){ .fd = out->fd, .late = out->late,
		    .shared = true, .place.dir = -1, .st = out->st };
		return 0;
	}
	if (err->fd == -1)
		error = open_stream(l, 2);
	if (error == 0)
		share_if_same(l);
	return error;
}

int
open_stream(struct launch *l, int i)
{
	const struct source *source = &l->to->streams[i];
	struct stream *s = &l->stream[i];
	/* What is late comes here again. */
	const struct stream_rules rules = { .account = &l->to->account,
	    .mode = l->spec->log_mode, .truncates = truncates(l->spec),
	    .root = l->root, .dropped = s->late };
	int error;

	step_object(l, source->asked);
	switch (source->kind) {
	case SOURCE_KEEP:
		return 0;
	case SOURCE_NULL:
		return share_null(l, s);
	case SOURCE_FD:
		return stream_take(s, source->fd);
	default:
		error = stream_find(s, source, &rules);
		if (error == 0 && pidfile_needs_place(&l->pidfile, &s->place))
			error = REASON_NAME_TAKEN;
		if (error == 0)
			error = stream_open(s, i == 0, &rules);
		/* Only what is to be undone is held. */
		if (!s->created)
			place_close(&s->place);
		return step_blame(l, &s->place, error);
	}
}

int
step_input(struct launch *l)
{
	return open_stream(l, 0);
}

int
step_outputs(struct launch *l)
{
	int error = open_stream(l, 1);

	return error == 0 ? open_error_output(l) : error;
}

/* So that orphans of the daemon become our children: family.h. */
int
step_subreaper(struct launch *l)
{
	int is_set = 0;

	(void)l;
	/* Of somebody else's child we could neither wait for nor end. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1 ||
	    prctl(PR_GET_CHILD_SUBREAPER, &is_set, 0, 0, 0) == -1)
		return errno;
	return is_set == 1 ? 0 : REASON_NOT_TAKEN;
}

/*
 * Without descriptors to look for the daemon's family, nobody is found: neither
 * who has died nor whom to end.  Each generation takes two at a time, and
 * whoever is looked at some more.
 */
#define ROOM_TO_WAIT	12

int
step_pipe(struct launch *l)
{
	int error;

	/* Nothing of the wait may fail once the program runs. */
	if (l->signals == -1 && (error = launch_hear_signals(l)) != 0)
		return error;
	error = status_open(&l->status_read, &l->status_write);
	if (error != 0 || l->ready == NULL)
		return error;
	error = fds_check_room(ROOM_TO_WAIT);
	return error == 0 ? 0 : fault_set(&l->fault, STEP_wait, error,
	    l->spec->argv[0]);
}
