/* SPDX-License-Identifier: ISC
 *
 * A program that a SIGSEGV ended as soon as it was executed: the kernel sends
 * one, too, to what it turns out not to be able to load.
 */
#ifndef CRASH_H
#define CRASH_H

#include "launch.h"

/*
 * In the front.  0: it ran, as far as can be told within some seconds; or the
 * reason.
 */
int	crash_reason(struct launch *);

#endif
