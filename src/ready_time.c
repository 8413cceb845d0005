/* SPDX-License-Identifier: ISC
 *
 * A wait for readiness whose time is up.
 */
#include <errno.h>

#include "await.h"
#include "clock.h"
#include "launch.h"
#include "ready.h"
#include "ready_end.h"

/*
 * Whoever is kept in the background needs a pidfile that names it, or the next
 * start would make a second one: what cannot be named is not kept.
 */
static int
find_kept(struct launch *l, bool *kept, bool *nameless)
{
	struct identity id;
	pid_t pid;

	/* Who is gone is not kept, but whoever named him may be. */
	if (l->ready->main != 0 && pid_life(l->ready->main) == LIFE_DEAD)
		l->ready->main = 0;
	pid = find_main(l);
	*nameless = pid == 0;
	if (*nameless && l->to->pidfile != NULL)
		*kept = false;
	if (!*kept || *nameless || pid == l->family.daemon)
		return 0;
	return name_main(l, pid, &id, identity_of(pid, &id), READINESS_NO);
}

static int
time_is_up(struct launch *l, const struct await *unmet)
{
	const struct condition *c = unmet->condition;
	const struct ready *r = l->ready;
	const char *last = "", *words = "", *told = "";
	bool kept = l->spec->keep_on_timeout, nameless;
	char says[READY_SAYS], awaited[81];
	int error = find_kept(l, &kept, &nameless);

	if (error != 0)
		return error;
	if (c->kind == CONDITION_check && r->check_end[0] != '\0') {
		words = "; its last try: ";
		last = r->check_end;
	} else if (unmet->hidden) {
		words = "; somebody listens there, but the program's "
		    "descriptors may not be looked at";
	} else if (unmet->unseen != 0 && unmet->unseen != ETIMEDOUT) {
		words = "; there was no looking: ";
		last = error_text(unmet->unseen);
	}
	if (ready_says(r, says)[0] != '\0')
		told = r->error != 0 || r->stopping ? "; it says: " :
		    "; its last status: ";
	fault_set(&l->fault, STEP_ready, kept ? REASON_KEPT : REASON_LATE,
	    l->spec->argv[0]);
	text_fit(awaited, sizeof awaited, "%s", c->text);
	return fault_detail(&l->fault, "%s, %.10g s%s%s%s%s%s%s", awaited,
	    (double)(r->deadline - r->began) / 1000, nameless ? "; " : "",
	    nameless ? error_text(REASON_BACKGROUND) : "", words, last, told,
	    says);
}

/*
 * Whoever looks late may find what was there in time, and has only to stay a
 * moment: it is given that, once.
 */
static bool
may_settle(struct ready *r, const struct await *unmet)
{
	if (r->granted < r->deadline) {
		r->granted = r->turn;
		for (size_t i = 0; i < r->count; i++)
			if (!r->awaits[i].met &&
			    r->awaits[i].until > r->granted)
				r->granted = r->awaits[i].until;
	}
	return unmet->until != 0 && clock_milliseconds() < r->granted;
}

int
judge_time(struct launch *l, const struct await *unmet)
{
	return may_settle(l->ready, unmet) ? 0 : time_is_up(l, unmet);
}
