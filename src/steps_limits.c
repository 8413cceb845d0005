/* SPDX-License-Identifier: ISC
 *
 * The steps of the daemon that set what it may use.
 */

#include "allow.h"
#include "explain.h"
#include "steps_run.h"

/* What a step is done with is what it is done to. */
static void
name_object(struct launch *l)
{
	char text[FAULT_OBJECT];

	explain_allowance(l->fault.step, l->spec, text, sizeof text);
	step_object(l, text);
}

static int
blame_limit(struct launch *l, int error, enum limit which)
{
	char text[FAULT_OBJECT];

	limit_format(&l->spec->limits, which, text, sizeof text);
	step_object(l, text);
	return error;
}

int
step_raise_limits(struct launch *l)
{
	enum limit which = (enum limit)0;
	int error = allow_raise(&l->spec->limits, &which);

	return blame_limit(l, error, which);
}

int
step_limits(struct launch *l)
{
	enum limit which = (enum limit)0;
	int error = allow_limits(&l->spec->limits, &which);

	return blame_limit(l, error, which);
}

int
step_oom_score_adj(struct launch *l)
{
	name_object(l);
	return allow_oom_score_adj(l->spec->sched.oom_score_adj);
}

int
step_nice(struct launch *l)
{
	name_object(l);
	return allow_nice(l->spec->sched.nice);
}

int
step_session_nice(struct launch *l)
{
	name_object(l);
	return allow_session_nice(l->spec->sched.nice);
}

int
step_ionice(struct launch *l)
{
	name_object(l);
	return allow_io_priority(l->spec->sched.io_priority);
}

int
step_sched(struct launch *l)
{
	const struct sched *sched = &l->spec->sched;

	name_object(l);
	return allow_policy(sched->policy, sched->priority);
}

int
step_cpus(struct launch *l)
{
	unsigned long now[CPU_WORDS];
	char text[CPUS_TEXT];
	int error;

	cpus_format(l->spec->sched.cpus, text, sizeof text);
	step_object(l, text);
	error = allow_cpus(l->spec->sched.cpus, now);
	if (error == REASON_NO_CPU) {
		cpus_format(now, text, sizeof text);
		fault_detail(&l->fault, "of these it may use %s",
		    text[0] != '\0' ? text : "none");
	}
	return error;
}
