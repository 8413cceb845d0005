/* SPDX-License-Identifier: ISC
 *
 * The messages of sd_notify(3).
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NOTIFY_BYTES	4096	/* the longest message that counts */
#define NOTIFY_STATUS	160	/* as much of a STATUS as is shown */

/* What a datagram says, as far as a start is concerned. */
struct notification {
	bool	 ready;
	bool	 stopping;
	bool	 barrier;
	bool	 has_status;
	char	 status[NOTIFY_STATUS];
	int	 error;		/* ERRNO=, 0: no longer, -1: none */
	pid_t	 main;		/* MAINPID=, 0: none */
	int64_t	 extend;	/* EXTEND_TIMEOUT_USEC=, -1: none */
};

/*
 * Parse a datagram: whole lines NAME=VALUE, unknown ones ignored.  0, or EINVAL
 * for one that is malformed, which then counts for nothing.
 */
int	notify_parse(const char *text, size_t length, struct notification *);

#endif
