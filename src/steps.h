/* SPDX-License-Identifier: ISC
 *
 * The steps of steps.def as functions.
 */
#ifndef STEPS_H
#define STEPS_H

#include <stdbool.h>

#include "launch.h"

/* Is it a step of this process, and is there anything to do for it? */
bool	step_applies(enum step, enum process, const struct launch *);

enum process	step_process(enum step);

/*
 * Do it.  0, an errno value or a reason; what it was done to is then in the
 * launch's fault.  "exec" returns only if it fails.
 */
int	step_run(enum step, struct launch *);

#endif
