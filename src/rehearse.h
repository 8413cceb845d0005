/* SPDX-License-Identifier: ISC
 *
 * The execution of a confined program, rehearsed: a child is confined and
 * loads it, as far as that can be done without running it.  What cannot work
 * is known before anybody is promised anything, and while what was made can
 * still be removed.
 */
#ifndef REHEARSE_H
#define REHEARSE_H

#include "launch.h"
#include "program.h"

/* 0, or an error with the launch's fault filled in. */
int	rehearse(struct launch *, const char *path,
	    const struct program_parts *);

#endif
