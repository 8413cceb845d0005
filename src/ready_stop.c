/* SPDX-License-Identifier: ISC
 *
 * Ending a daemon whose start has failed.
 */
#include <sys/signalfd.h>

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "clock.h"
#include "launch.h"
#include "proc.h"
#include "progress.h"
#include "ready.h"
#include "ready_end.h"
#include "ready_stop.h"

#define KILL_LIMIT	5000	/* milliseconds */
#define KILL_AGAIN	50

/* What it says now makes no difference, but it may wait for an answer. */
static void
drain(struct launch *l, int64_t end)
{
	struct ready *r = l->ready;

	for (size_t i = 0; i < r->count; i++)
		if (r->awaits[i].condition->kind == CONDITION_notify)
			notify_drain(l, &r->awaits[i], end);
}

/* Wait for all that can be ended; a second signal ends the wait. */
static bool
wait_for_end(struct launch *l, int64_t limit, int64_t again)
{
	int64_t end = clock_milliseconds() + limit, left;
	struct signalfd_siginfo info;

	for (;;) {
		/* First: whoever was stopped here looks once more. */
		left = end - clock_milliseconds();
		family_reap(&l->family);
		if (family_is_out_of_reach(&l->family))
			return true;
		if (left <= 0)
			return false;
		progress_show(l, "its end");
		(void)ready_poll(l, true, (int)(left < again ? left : again));
		(void)!read(l->ready->children, &info, sizeof info);
		if ((l->ready->polled[0].revents & POLLIN) != 0)
			return false;
		drain(l, end);
	}
}

static bool
run_schedule(struct launch *l)
{
	const struct schedule *s = &l->spec->retry;

	for (int i = 0;; i++) {
		if (i == s->count && s->repeat != -1)
			i = s->repeat;
		if (i == s->count || ready_is_told(l))
			return wait_for_end(l, 0, 1);
		if (s->item[i].signal == 0) {
			if (wait_for_end(l, s->item[i].wait, KILL_AGAIN))
				return true;
			continue;
		}
		family_signal(&l->family, s->item[i].signal);
		/* A stopped process would see it only then. */
		family_signal(&l->family, SIGCONT);
	}
}

/* Again and again: one may have been born meanwhile. */
static bool
kill_all(struct launch *l)
{
	int64_t end = clock_milliseconds() + KILL_LIMIT;
	bool gone = false;

	while (!gone && clock_milliseconds() < end) {
		family_signal(&l->family, SIGKILL);
		gone = wait_for_end(l, KILL_AGAIN, 1);
	}
	return gone;
}

bool
ready_stop(struct launch *l)
{
	bool gone;

	check_end(l);
	gone = run_schedule(l) || kill_all(l);
	/*
	 * One whose parent has left the group is not seen in it; nor is what a
	 * check has left that was just ended.
	 */
	if (gone && !proc_is_ours() &&
	    !family_goes(&l->family, KILL_AGAIN)) {
		family_signal(&l->family, SIGKILL);
		gone = false;
	}
	progress_clear(l);
	return gone;
}

void
ready_kill(struct launch *l)
{
	l->family.daemon = 0;
	(void)kill_all(l);
}
