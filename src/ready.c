/* SPDX-License-Identifier: ISC
 *
 * The wait for readiness: one event loop for all conditions.
 */
#include <sys/signalfd.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "launch.h"
#include "progress.h"
#include "ready.h"
#include "ready_end.h"

/* Conditions that nothing wakes us for are looked at in growing pauses. */
#define PAUSE_SHORTEST	1	/* milliseconds */
#define PAUSE_LONGEST	25
#define PAUSE_SHARE	10	/* of the time so far */
#define COST_SHARE	4	/* looking takes a fifth of a core at most */
#define LAST_LOOK	500	/* milliseconds */

static const struct await_kind *const kinds[] = {
#define CONDITION(name, argument) &await_##name,
#include "conditions.def"
};

static const struct await_kind *
kind_of(const struct await *a)
{
	return kinds[a->condition->kind];
}

/* Those that want a descriptor's number of their own, or the others. */
static int
open_all(struct launch *l, struct ready *r, bool numbered)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < r->count; i++) {
		struct await *a = &r->awaits[i];

		if ((a->condition->kind == CONDITION_fd) != numbered)
			continue;
		fault_set(&l->fault, STEP_readiness, 0, a->condition->text);
		if (kind_of(a)->open != NULL)
			error = kind_of(a)->open(l, a);
	}
	return error;
}

int
ready_open(struct launch *l)
{
	struct ready *r = calloc(1, sizeof *r);
	sigset_t chld;
	int error;

	if (r == NULL)
		return errno;
	l->ready = r;
	r->children = -1;
	evidence_init(&r->evidence);
	l->family.front = getpid();
	l->family.alone = family_is_alone();
	r->awaits = calloc(l->spec->ready_count, sizeof *r->awaits);
	r->polled = calloc(l->spec->ready_count + 2, sizeof *r->polled);
	if (r->awaits == NULL || r->polled == NULL)
		return ENOMEM;
	r->count = l->spec->ready_count;
	for (size_t i = 0; i < r->count; i++)
		r->awaits[i] = (struct await){
		    .condition = &l->spec->ready[i], .fd = -1 };
	if ((error = open_all(l, r, true)) != 0)
		return error;
	if ((error = launch_hear_signals(l)) != 0)
		return error;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	r->children = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->children == -1 ? errno : open_all(l, r, false);
}

void
ready_close(struct launch *l)
{
	struct ready *r = l->ready;

	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++)
		if (kind_of(&r->awaits[i])->close != NULL)
			kind_of(&r->awaits[i])->close(l, &r->awaits[i]);
	evidence_close(l);
	if (r->children != -1)
		close(r->children);
	free(r->polled);
	free(r->awaits);
	free(r);
	l->ready = NULL;
}

static int
begin(struct launch *l)
{
	struct ready *r = l->ready;
	int error;

	l->family.daemon = l->family.group = l->daemon;
	r->began = r->told = clock_milliseconds();
	r->deadline = r->began + l->spec->timeout;
	for (size_t i = 0; i < r->count; i++) {
		r->awaits[i].next = r->began;
		if (kind_of(&r->awaits[i])->begin != NULL)
			kind_of(&r->awaits[i])->begin(&r->awaits[i]);
	}
	error = evidence_receive(l);
	return error == 0 ? 0 : fault_set(&l->fault, STEP_evidence, error,
	    NULL);
}

static const struct await *
first_unmet(const struct ready *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (!r->awaits[i].met)
			return &r->awaits[i];
	return NULL;
}

int64_t
ready_look_limit(const struct launch *l)
{
	const struct ready *r = l->ready;

	/* Whoever was stopped here looks once more, too. */
	return (r->turn > r->deadline ? r->turn : r->deadline) + LAST_LOOK;
}

/* When to look again at what nothing wakes us for. */
static void
pace(struct await *a, int64_t began, int64_t before)
{
	int64_t now = clock_milliseconds(), pause = a->pause;

	if (a->next > now)
		return;
	if (pause == 0)
		pause = (now - began) / PAUSE_SHARE;
	if (pause < PAUSE_SHORTEST)
		pause = PAUSE_SHORTEST;
	if (pause > PAUSE_LONGEST && a->pause == 0)
		pause = PAUSE_LONGEST;
	if (pause < (now - before) * COST_SHARE)
		pause = (now - before) * COST_SHARE;
	a->next = now + pause;
}

/* Is it time to look?  The end of a child may be that of a check. */
static bool
is_due(const struct ready *r, const struct await *a, bool all)
{
	struct pollfd p = { .fd = a->fd, .events = POLLIN };

	/* After it is met, the notify socket still has to be read. */
	if (a->fd != -1)
		return poll(&p, 1, 0) == 1;
	return !a->met && (all || a->next <= clock_milliseconds() ||
	    (r->disturbed && a->condition->kind == CONDITION_check));
}

/* Look at those that are due, or at all of them. */
static int
look(struct launch *l, bool all)
{
	struct ready *r = l->ready;
	int error = 0;

	for (size_t i = 0; error == 0 && i < r->count; i++) {
		struct await *a = &r->awaits[i];
		int64_t before = clock_milliseconds();

		if (!is_due(r, a, all))
			continue;
		fault_set(&l->fault, STEP_ready, 0, l->spec->argv[0]);
		error = kind_of(a)->look(l, a);
		pace(a, r->began, before);
	}
	return error;
}

/* How long until there is something to do, if nothing happens? */
static int
time_left(const struct ready *r)
{
	int64_t next = r->granted, left;

	if (next < r->deadline)
		next = r->deadline;
	for (size_t i = 0; i < r->count; i++)
		if (!r->awaits[i].met && r->awaits[i].fd == -1 &&
		    r->awaits[i].next < next)
			next = r->awaits[i].next;
	if (progress_next(r) < next)
		next = progress_next(r);
	left = next - clock_milliseconds();
	if (left < 0)
		return 0;
	return left > 60000 ? 60000 : (int)left;
}

void
ready_hear_signal(struct launch *l)
{
	struct signalfd_siginfo info;

	if (read(l->signals, &info, sizeof info) == sizeof info)
		l->ready->interrupted = (int)info.ssi_signo;
}

int
ready_poll(struct launch *l, bool notify_only, int milliseconds)
{
	struct ready *r = l->ready;
	struct pollfd *p = r->polled;

	p[0] = (struct pollfd){ .fd = l->signals, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = r->children, .events = POLLIN };
	for (size_t i = 0; i < r->count; i++) {
		const struct await *a = &r->awaits[i];
		bool heard = !notify_only ||
		    a->condition->kind == CONDITION_notify;

		p[i + 2] = (struct pollfd){ .fd = heard ? a->fd : -1,
		    .events = POLLIN };
	}
	return poll(p, r->count + 2, milliseconds);
}

static int
wait_for_event(struct launch *l)
{
	struct ready *r = l->ready;
	const struct pollfd *p = r->polled;
	struct signalfd_siginfo info;
	int n = ready_poll(l, false, time_left(r));

	if (n == -1 && errno != EINTR)
		return errno;
	if (n > 0 && (p[0].revents & POLLIN) != 0)
		ready_hear_signal(l);
	if (n > 0 && (p[1].revents & POLLIN) != 0)
		r->disturbed = read(r->children, &info, sizeof info) > 0;
	return r->interrupted != 0 ? REASON_INTERRUPTED : 0;
}

/* One turn.  *done if the wait has come to its end, good or bad. */
static int
take_turn(struct launch *l, bool *done)
{
	struct ready *r = l->ready;
	bool dead = has_died(l), late;
	const struct await *unmet;
	int error;

	r->turn = clock_milliseconds();
	late = r->turn >= r->deadline;
	fault_set(&l->fault, STEP_ready, 0, l->spec->argv[0]);
	/* What was said before the end counts, above all why. */
	error = look(l, dead || late);
	r->disturbed = false;
	if (error == 0 && dead)
		error = judge_death(l);
	if (error != 0)
		return error;
	unmet = first_unmet(r);
	*done = unmet == NULL;
	if (unmet == NULL)
		return ready_settle(l);
	/* It may have asked for more time. */
	if (late && clock_milliseconds() >= r->deadline)
		error = judge_time(l, unmet);
	if (error != 0)
		return error;
	progress_show(l, unmet->condition->text);
	return wait_for_event(l);
}

int
ready_wait(struct launch *l)
{
	bool done = false;
	int error = begin(l);

	while (error == 0 && !done)
		error = take_turn(l, &done);
	l->fault.error = error;
	progress_clear(l);
	return error;
}
