/* SPDX-License-Identifier: ISC
 *
 * The signals that end us while something is under way, and those that must
 * not.
 */
#include <sys/time.h>

#include <errno.h>
#include <stddef.h>

#include "signals.h"

#define TICK	1000	/* microseconds */

/* A signal that the caller ignores or blocks does not end us either. */
static int
find_enders(sigset_t *enders, const sigset_t *before)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction action;

	sigemptyset(enders);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		if (sigaction(signals[i], NULL, &action) == -1)
			return errno;
		if (action.sa_handler != SIG_IGN &&
		    sigismember(before, signals[i]) == 0)
			sigaddset(enders, signals[i]);
	}
	return 0;
}

int
signals_block(sigset_t *enders, sigset_t *before)
{
	const struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t all;

	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, before) == -1)
		return errno;
	/* A caller that ignores it would keep us from waiting for anybody. */
	if (sigaction(SIGCHLD, &action, NULL) == -1)
		return errno;
	return find_enders(enders, before);
}

int
signals_of_writing(void (*handler)(int))
{
	const struct sigaction action = { .sa_handler = handler };

	if (sigaction(SIGPIPE, &action, NULL) == -1 ||
	    sigaction(SIGXFSZ, &action, NULL) == -1)
		return errno;
	return 0;
}

static void
do_nothing(int signal)
{
	(void)signal;
}

static int
mask_alarm(int how)
{
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	return sigprocmask(how, &alarm, NULL);
}

void
signals_tick(struct sigaction *before)
{
	const struct sigaction action = { .sa_handler = do_nothing };
	/* Again and again: the first may come before there is a wait. */
	const struct itimerval each = { { 0, TICK }, { 0, TICK } };

	*before = (struct sigaction){ .sa_handler = SIG_DFL };
	if (sigaction(SIGALRM, &action, before) == 0 &&
	    mask_alarm(SIG_UNBLOCK) == 0)
		(void)setitimer(ITIMER_REAL, &each, NULL);
}

void
signals_tick_no_more(const struct sigaction *before)
{
	const struct itimerval none = { 0 };

	/* What has come is taken before there is no handler. */
	(void)setitimer(ITIMER_REAL, &none, NULL);
	(void)mask_alarm(SIG_BLOCK);
	(void)sigaction(SIGALRM, before, NULL);
}
