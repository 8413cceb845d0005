/* SPDX-License-Identifier: ISC
 *
 * What the next commands say: they know what runs, and clear up after it.
 */
#include <string.h>

#include "faults.h"

bool
has_pidfile(const struct view *v)
{
	return strstr(v->expected->shape, "place/pid ") != NULL ||
	    strstr(v->expected->shape, "theirs/pid ") != NULL ||
	    strstr(v->expected->shape, "daemonize/svc ") != NULL ||
	    v->s->kind == LATE || v->s->kind == DYING;
}

/* Not ready, it was told to end before the front was killed. */
bool
has_ended(const struct view *v)
{
	return v->s->kind >= LATE && v->o->program != 0 &&
	    !is_living(v->w, v->o->program);
}

/* What was published is whole: who asks hears of this very one, and as what. */
const char *
check_told(const struct view *v, pid_t pid)
{
	static struct outcome told;
	char words[32];
	int status;

	if (!has_pidfile(v) || v->o->executed)
		return NULL;
	status = run_control(v->w, v->s, "--status", &told);
	snprintf(words, sizeof(words), "running (process %d", (int)pid);
	if (status != 0 || strstr(told.out, words) == NULL)
		return broken("success, but --status says %d: %s%s", status,
		    told.out, told.err);
	if (v->s->waits && (strstr(told.out, "not ready") != NULL) !=
	    (v->s->kind == KEPT))
		return broken("success, but --status says %s", told.out);
	return NULL;
}

/* No message and no front: the next commands must know. */
const char *
check_truth(const struct view *v, int living)
{
	static struct outcome next;
	int status;

	if (!has_pidfile(v))
		return NULL;
	status = run_control(v->w, v->s, "--status", &next);
	/* Somebody who has been told to end, and has only now. */
	if (v->s->state >= RUNNING && status == 1 && v->w->daemon != 0 &&
	    !is_living(v->w, v->w->daemon))
		living--;
	else if (status == 1 && has_ended(v))
		living = 0;
	if (living ? status != 0 : status != 1 && status != 3)
		return broken("%d run, --status says %d: %s%s", living,
		    status, next.out, next.err);
	if (v->s->kind != START && v->s->kind != EXEC &&
	    v->s->kind < LATE)
		return NULL;
	if (v->s->kind == EXEC && !living)
		return NULL;	/* it would never come back */
	status = run_again(v->w, v->s, &next);
	next.runs = 0;
	hear(v->w, &next, status == (v->s->kind == KEPT ? 124 : 0));
	if (next.runs != 0)
		v->w->daemon = next.run_pid;
	/* Or just before this. */
	if (status != 75 && has_ended(v))
		living = 0;
	if (status != (living ? 75 : v->expected->status))
		return broken("%d run, the next start says %d: %s", living,
		    status, next.err);
	return NULL;
}

/* Whatever is left of it, --stop ends it, and clears up. */
const char *
check_stop(const struct view *v, pid_t pid)
{
	static struct outcome next;
	static char shape[TEXT];
	int status;

	if (!has_pidfile(v) && v->s->kind != STOP)
		return NULL;
	status = run_control(v->w, v->s, "--stop", &next);
	if (status != 0 || (pid != 0 && is_living(v->w, pid)) ||
	    (v->w->daemon != 0 && is_living(v->w, v->w->daemon)))
		return broken("then --stop says %d: %s", status, next.err);
	world_picture(shape, false);
	if (strstr(shape, "pid") != NULL || strstr(shape, "/svc") != NULL)
		return broken("then --stop leaves %s", shape);
	return NULL;
}
