/* SPDX-License-Identifier: ISC
 *
 * On a terminal, a person sees what a long wait is for: one line on standard
 * error, which is gone when the wait is over.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdint.h>

struct launch;
struct ready;

/* When there will be something new to show. */
int64_t	progress_next(const struct ready *);

/* Show what is awaited, if it is time to. */
void	progress_show(struct launch *, const char *what);

void	progress_clear(struct launch *);

#endif
