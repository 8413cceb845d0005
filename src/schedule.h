/* SPDX-License-Identifier: ISC
 *
 * How a daemon is ended: signals and waits in turn, in the grammar of
 * start-stop-daemon(8)'s --retry.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H


#define SCHEDULE_ITEMS	32
#define RETRY_DEFAULT	"TERM/30/KILL/5"

struct schedule {
	struct schedule_item {
		int	signal;		/* 0: wait */
		long	wait;		/* milliseconds */
	} item[SCHEDULE_ITEMS];
	int	count;
	int	repeat;		/* from this item on for ever, -1: end */
};

/* A signal's name, with or without SIG, or its number.  0 or EINVAL. */
int	parse_signal(const char *, int *);

#define SIGNAL_WORDS	32

/* "signal 15, SIGTERM", or without a name "signal 40": the text. */
const char	*signal_words(int, char text[SIGNAL_WORDS]);

/*
 * SIGNAL/SECONDS/..., -SIGNAL for a number, `forever` before what repeats; or
 * SECONDS alone: TERM/SECONDS/KILL/SECONDS.  0, or EINVAL with *why in words.
 */
int	parse_schedule(const char *, struct schedule *, const char **why);

#endif
