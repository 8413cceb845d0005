/* SPDX-License-Identifier: ISC
 *
 * What the plan says of limits, scheduling and capabilities.
 */
#include <stdio.h>

#include "caps.h"
#include "explain.h"

static void
explain_caps(uint64_t caps, char *text, size_t size)
{
	if (caps == 0)
		snprintf(text, size, "none");
	else
		caps_format(caps, text, size);
}

void
explain_allowance(enum step step, const struct daemon_spec *spec, char *text,
    size_t size)
{
	const struct sched *sched = &spec->sched;

	text[0] = '\0';
	switch (step) {
	case STEP_raise_limits:
	case STEP_limits:
		limits_format(&spec->limits, text, size);
		break;
	case STEP_oom_score_adj:
		snprintf(text, size, "%d", sched->oom_score_adj);
		break;
	case STEP_nice:
	case STEP_session_nice:
		snprintf(text, size, "%d", sched->nice);
		break;
	case STEP_ionice:
		io_format(sched->io_priority, text, size);
		break;
	case STEP_sched:
		policy_format(sched->policy, sched->priority, text, size);
		break;
	case STEP_cpus:
		cpus_format(sched->cpus, text, size);
		break;
	case STEP_bounding:
		explain_caps(spec->caps, text, size);
		break;
	case STEP_survive:
	case STEP_caps:
		caps_format(spec->caps, text, size);
		break;
	default:
		break;
	}
}
