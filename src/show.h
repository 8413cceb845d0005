/* SPDX-License-Identifier: ISC
 *
 * Showing daemons: what --status and --list have in common.
 */
#ifndef SHOW_H
#define SHOW_H

#include <time.h>

#include "control.h"

/* A daemon as it is shown. */
struct entry {
	char		*name;
	enum status	 status;	/* as --status has it */
	pid_t		 pid;		/* 0: unknown */
	char		 user[64];
	char		 program[256];	/* its comm, not yet defused */
	time_t		 since;		/* 0: unknown */
	enum readiness	 ready;
	char		 reason[FAULT_DETAIL + 128]; /* why it is unknown */
};

/* Fill in what can be told of a target, or why it cannot be believed. */
void	entry_fill(struct target *, int error, const struct fault *,
	    struct entry *);

const char	*entry_state(enum status);

/* One JSON object on standard output. */
void	entry_print_json(const struct entry *);

/* Was all of it printed?  0, or the exit status with everything said. */
int	show_printed(void);

#endif
