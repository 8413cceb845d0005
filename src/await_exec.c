/* SPDX-License-Identifier: ISC
 *
 * exec and alive:SECONDS: that the program runs, and still does.
 */
#include "clock.h"
#include "launch.h"
#include "ready.h"

/* The wait begins after it: never awaited (options.c). */
const struct await_kind await_exec = { .look = NULL };

/* Both times were rounded down; it may be a millisecond after the timeout. */
static int
look_alive(struct launch *l, struct await *a)
{
	a->next = a->until = l->ready->began + a->condition->milliseconds + 1;
	a->met = clock_milliseconds() >= a->next;
	return 0;
}

const struct await_kind await_alive = { .look = look_alive };
