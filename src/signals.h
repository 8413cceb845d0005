/* SPDX-License-Identifier: ISC
 *
 * The signals that end us while something is under way, and those that must
 * not.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>

/*
 * Block every signal, and give SIGCHLD its default action.  *enders are those
 * by which a person or the system ends us, less what the caller ignores or
 * blocks; *before is the mask to go back to.  0 or an errno value.
 */
int	signals_block(sigset_t *enders, sigset_t *before);

/*
 * Handle the signals that a write makes which nobody reads, or which reaches
 * a limit of file sizes: SIG_IGN or SIG_DFL.  *pipe, unless NULL, is what
 * SIGPIPE did before.  0 or an errno value.
 */
int	signals_of_writing(void (*handler)(int), struct sigaction *pipe);

/*
 * Who only prints ends by SIGPIPE as other tools do, unless its caller ignores
 * or blocks that: but not before signals_heed_pipe(), so that a message which
 * nobody reads does not cost the exit status.
 */
void	signals_hold_pipe(const struct sigaction *caller);
void	signals_heed_pipe(void);

#endif
