/* SPDX-License-Identifier: ISC
 *
 * The functions behind steps.def, and what they share.  Each does its step:
 * 0, an errno value or a reason, with the object in the launch's fault.
 */
#ifndef STEPS_RUN_H
#define STEPS_RUN_H

#include "launch.h"

#define CHECK(name, status, words)
#define STEP(name, process, when, status, words) \
	int	step_##name(struct launch *);
#define DETACH(name, process, when, status, words) \
	int	step_##name(struct launch *);
#include "steps.def"

/* What a step is done to, for messages. */
void	step_object(struct launch *, const char *);

/* Add to an error which directory is to blame for it.  Returns the error. */
int	step_blame(struct launch *, const struct place *, int error);

/* Open descriptor `i` of the daemon from its source, or mark it late. */
int	open_stream(struct launch *, int i);

/*
 * Open descriptor 2, or mark it late, once 1 is: one file is opened once,
 * whatever it is called, and both write at its end.
 */
int	open_error_output(struct launch *);

/* Is it an error if the capability bounding set stays? */
bool	must_be_bounded(const struct launch *);

/* Do outputs lose what is in them? */
bool	truncates(const struct daemon_spec *);

/* Does output `i` lose what is in it? */
bool	must_truncate(const struct launch *, int i);

#endif
