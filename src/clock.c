/* SPDX-License-Identifier: ISC
 *
 * The monotonic clock.
 */
#include <time.h>

#include "clock.h"

int64_t
clock_microseconds(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_milliseconds(void)
{
	return clock_microseconds() / 1000;
}
