/* SPDX-License-Identifier: ISC
 *
 * listen:ADDRESS: a listening socket there, that one of the family holds.
 * Somebody else's does not count, and nobody is connected to.
 */
#include <unistd.h>

#include "await.h"
#include "clock.h"
#include "launch.h"
#include "listener.h"
#include "proc.h"

/*
 * A program that puts itself in the background often listens before: what is
 * found must still be there a little later.  If it is in a session of its own,
 * which the daemon is not, the daemon may be about to leave it there.
 */
#define SETTLE		20	/* milliseconds */
#define PART		1000	/* or a quarter of the timeout, if less */

/* No wait for what would never be found. */
static int
open_listen(struct launch *l, struct await *a)
{
	(void)l;
	(void)a;
	return proc_is_ours() ? 0 : REASON_NEEDS_PROC;
}

static int64_t
time_to_settle(const struct launch *l, pid_t owner)
{
	pid_t daemon = l->family.daemon;

	if (daemon == 0 || owner == daemon || getsid(owner) == getsid(daemon))
		return SETTLE;
	return l->spec->timeout / 4 < PART ? l->spec->timeout / 4 : PART;
}

static int
look_listen(struct launch *l, struct await *a)
{
	pid_t owner;
	int error = listener_of(l, a, &owner);
	int64_t now = clock_milliseconds();

	if (error != 0)
		return fault_set(&l->fault, STEP_ready, error,
		    a->condition->text);
	if (owner == 0) {
		a->since = a->until = 0;
		return 0;
	}
	if (a->since == 0)
		a->since = now;
	a->until = a->since + time_to_settle(l, owner);
	a->met = now >= a->until;
	a->next = now + SETTLE;
	return 0;
}

const struct await_kind await_listen = { .open = open_listen,
    .look = look_listen };
