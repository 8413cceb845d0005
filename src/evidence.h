/* SPDX-License-Identifier: ISC
 *
 * What this start has written to --log, --stdout and --stderr: for the
 * condition log:, and for whoever wants to know why it failed.
 */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include <sys/types.h>

struct launch;

struct evidence {
	int	channel[2];	/* of outputs that only the daemon can open */
	struct output {
		int	 fd;	/* for reading, -1: none */
		off_t	 start;	/* what is before it is older */
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

/* After the exec: take what was handed over.  0 or errno. */
int	evidence_receive(struct launch *);

/* Print the last lines of what this start has written. */
void	evidence_print(const struct launch *);

void	evidence_close(struct launch *);

#endif
