/* SPDX-License-Identifier: ISC
 *
 * The signals that end us while something is under way.
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

#endif
