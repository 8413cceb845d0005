/* SPDX-License-Identifier: ISC
 *
 * The status pipe: what the middle and the daemon tell the front.  A message is
 * one write, small enough for the kernel never to mix (PIPE_BUF); all messages
 * of a start together fit into the smallest pipe there is, since the front may
 * not read before the end (step_fork()).
 */
#ifndef STATUS_H
#define STATUS_H

#include <sys/types.h>

#include "report.h"

enum message_kind {
	MESSAGE_STEP,		/* for --verbose: step is done */
	MESSAGE_FORKED,		/* the daemon is there: pid is its */
	MESSAGE_CLEANER,	/* the daemon has left one: pid is its */
	MESSAGE_EXEC,		/* about to execute: pid is the daemon's */
	MESSAGE_FAIL		/* step has failed by error; the texts follow */
};

struct message {
	enum message_kind	kind;
	pid_t			pid;
	enum step		step;
	int			error;
};

/* Both ends, close-on-exec.  0 or errno. */
int	status_open(int *read_end, int *write_end);

/* 0 or an errno value; EPIPE: the front is gone. */
int	status_send(int fd, enum message_kind, pid_t, enum step);
int	status_send_fault(int fd, const struct fault *);

/* 1 a message, 0 the end of file, -1 with errno.  A fault goes into *fault. */
int	status_receive(int fd, struct message *, struct fault *);

#endif
