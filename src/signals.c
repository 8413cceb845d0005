/* SPDX-License-Identifier: ISC
 *
 * The signals that end us while something is under way, and those that must
 * not.
 */
#include <errno.h>
#include <stddef.h>

#include "signals.h"

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
signals_of_writing(void (*handler)(int), struct sigaction *pipe)
{
	const struct sigaction action = { .sa_handler = handler };

	if (sigaction(SIGPIPE, &action, pipe) == -1 ||
	    sigaction(SIGXFSZ, &action, NULL) == -1)
		return errno;
	return 0;
}

static void
only_pipe(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGPIPE);
}

void
signals_hold_pipe(const struct sigaction *caller)
{
	sigset_t pipe, before;

	only_pipe(&pipe);
	if (caller->sa_handler == SIG_DFL &&
	    sigprocmask(SIG_BLOCK, &pipe, &before) == 0 &&
	    sigismember(&before, SIGPIPE) == 0)
		(void)sigaction(SIGPIPE, caller, NULL);
}

void
signals_heed_pipe(void)
{
	sigset_t pipe;

	only_pipe(&pipe);
	(void)sigprocmask(SIG_UNBLOCK, &pipe, NULL);
}
