/* SPDX-License-Identifier: ISC
 *
 * The monotonic clock, which nobody sets.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

int64_t	clock_milliseconds(void);
int64_t	clock_microseconds(void);

#endif
