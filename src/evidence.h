/* SPDX-License-Identifier: ISC
 *
 * What this start has written to --log, --stdout and --stderr: for the
 * condition log:, and for whoever wants to know why it failed.
 */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include <stdbool.h>
#include <sys/types.h>

#include "mark.h"

struct launch;

struct evidence {
	int	channel[2];	/* of outputs that only the daemon can open */
	struct output {
		int	 fd;	/* for reading, -1: none */
		struct mark start;	/* what is before it is older */
	} output[3];
};

void	evidence_init(struct evidence *);

/* With the front's outputs open: keep a way to read them.  0 or errno. */
int	evidence_open(struct launch *);

/*
 * The daemon has opened output `i` itself: hand it over, unless the front could
 * hang when it closes it.  0 or errno.
 */
int	evidence_send(const struct launch *, int i);

/* Is there no output that can be read, nor will there be? */
bool	evidence_is_none(const struct launch *);

/* After the exec: take what was handed over.  0 or errno. */
int	evidence_receive(struct launch *);

/* Print the last lines of what this start has written. */
void	evidence_print(const struct launch *);

void	evidence_close(struct launch *);

#endif
