/* SPDX-License-Identifier: ISC
 *
 * Waiting for the daemon on another processor, without sleep.
 */
#include <sched.h>
#include <stdbool.h>

#include "awake.h"
#include "clock.h"

/* Microseconds. */
#define YIELD_LIMIT	50	/* more: somebody else was there */
#define AWAKE_LIMIT	250
#define CLOSE_TIME	8

/* Turns, of which each takes some tens of nanoseconds at least. */
#define AWAKE_TURNS	8192
#define CLOSE_TURNS	256

/* In a loop that waits for another processor. */
#if defined __x86_64__ || defined __i386__
#define PAUSE()	__builtin_ia32_pause()
#elif defined __aarch64__
#define PAUSE()	__asm__ volatile("isb")
#else
#define PAUSE()	((void)0)
#endif

static void
relax(void)
{
	for (int i = 0; i < 16; i++)
		PAUSE();
}

static bool
is_inside(const struct told *told)
{
	return atomic_load(&told->inside) > 0;
}

void
stay_awake(const struct told *told)
{
	int64_t begin, end;

	if (!is_inside(told))
		return;
	begin = clock_microseconds();
	(void)sched_yield();
	if (clock_microseconds() > begin + YIELD_LIMIT)
		return;
	end = begin + AWAKE_LIMIT;
	for (int i = 0; i < AWAKE_TURNS && is_inside(told) &&
	    clock_microseconds() < end; i++)
		relax();
	end = clock_microseconds() + CLOSE_TIME;
	for (int i = 0; i < CLOSE_TURNS && clock_microseconds() < end; i++)
		relax();
}
