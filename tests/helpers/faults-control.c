/* SPDX-License-Identifier: ISC
 *
 * Of what is asked of a daemon, or of nobody: it is so, and all else is as it
 * was.
 */
#include <string.h>

#include "faults.h"

/* What was there before goes on, and nothing of it is touched. */
static const char *
check_untouched(const struct view *v)
{
	if (v->s->state >= RUNNING && v->w->daemon == 0)
		return broken("status %d: the daemon is gone", v->o->status);
	if (v->o->runs != 0 || v->o->living != 0)
		return broken("status %d: a second one ran", v->o->status);
	if (strcmp(v->o->files, v->w->before) == 0)
		return NULL;
	/* A lock that nobody holds: the next one takes it. */
	if (v->o->killed || strstr(v->wish->call, "stat") != NULL ||
	    strstr(v->wish->call, "unlink") != NULL)
		return v->s->state >= RUNNING && is_living(v->w, v->w->daemon) ?
		    check_truth(v, 1) : NULL;
	return broken("status %d: left %s, was %s", v->o->status, v->o->files,
	    v->w->before);
}

const char *
check_busy(const struct view *v)
{
	const char *said = check_untouched(v);

	if (said != NULL || (v->o->status == 0 && v->s->excused))
		return said;
	if (v->o->status == 0)
		return broken("success, though it ran before");
	return check_message(v);
}

/* That it does not know is said, and why. */
static bool
is_unknown(const char *out)
{
	return strstr(out, ": unknown: ") != NULL ||
	    (strstr(out, "\"state\":\"unknown\"") != NULL &&
	    strstr(out, "\"reason\":\"") != NULL);
}

const char *
check_status(const struct view *v)
{
	const char *said = check_untouched(v);

	if (said != NULL || v->o->killed)
		return said;
	if (v->o->status == 0)
		return (strstr(v->o->out, "running (process ") != NULL ||
		    strstr(v->o->out, "\"state\":\"running\"") != NULL) &&
		    v->o->err[0] == '\0' && v->s->state >= RUNNING ? NULL :
		    broken("status 0, and says %s%s", v->o->out, v->o->err);
	if (v->o->status == 1 || v->o->status == 3)
		return v->s->state < RUNNING ? NULL :
		    broken("it runs, --status says %d", v->o->status);
	return v->o->status == 4 && is_unknown(v->o->out) ? NULL :
	    check_message(v);
}

const char *
check_list(const struct view *v)
{
	const char *said = check_untouched(v);

	if (said != NULL || v->o->killed)
		return said;
	if (v->o->status != 0)
		return check_message(v);
	if (strstr(v->o->out, "svc") == NULL ||
	    strstr(v->o->out, "dead") != NULL ||
	    strstr(v->o->out, "not running") != NULL ||
	    (strstr(v->o->out, "running") == NULL &&
	    strstr(v->o->out, "unknown") == NULL))
		return broken("status 0, and says %s", v->o->out);
	return NULL;
}

/* What comes after what this kernel can do. */
static const char *
environment_in(const char *plan)
{
	const char *text = strstr(plan, "nvironment");

	return text != NULL ? text : "";
}

/* A plan is the whole plan, but for what this kernel can do. */
const char *
check_plan(const struct view *v)
{
	const char *said = check_untouched(v), *other;
	const char *is = v->o->out, *should = v->expected->out;

	if (said != NULL || v->o->killed)
		return said;
	if (v->o->status != 0)
		return check_message(v);
	if (v->o->err[0] != '\0')
		return broken("status 0, and says %s", v->o->err);
	if (strcmp(v->wish->call, "landlock_create_ruleset") == 0 ||
	    strcmp(v->wish->call, "seccomp") == 0) {
		is = environment_in(is);
		should = environment_in(should);
	}
	other = other_words(is, should, '\0');
	return other == NULL || is_shorter_file(v) ? NULL :
	    broken("another plan, from here: %s", other);
}

const char *
check_signal(const struct view *v)
{
	const char *said;

	/* The program tells what it has got; it may take a moment. */
	if (v->o->status == 0 && v->o->told[0] == '\0')
		hear(v->w, v->o, true);
	said = check_untouched(v);
	if (said != NULL || v->o->killed)
		return said;
	if (v->o->status == 0)
		return strcmp(v->o->told, v->s->signal) == 0 &&
		    v->o->err[0] == '\0' ? NULL :
		    broken("status 0, the signal is '%s'; says %s",
		    v->o->told, v->o->err);
	if (v->o->told[0] != '\0')
		return broken("status %d, but the signal came", v->o->status);
	return check_message(v);
}

const char *
check_stopped(const struct view *v)
{
	const char *said = NULL;
	int living = v->w->daemon != 0;

	if (v->o->status == 0 && living)
		return broken("stopped, but it runs");
	if (v->o->status == 0 && v->o->living != 0)
		return broken("stopped, but one of its group runs");
	/* An identity that is read as an empty one names nobody. */
	/* Of one that was dead before, nothing has to be removed. */
	if (v->o->status == 0 && !is_shape(v) && !is_shorter_file(v) &&
	    (v->s->state >= RUNNING || (!is_about_names(v->wish->call) &&
	    strcmp(v->o->files, v->w->before) != 0)))
		return broken("stopped, but left %s", v->o->shape);
	if (v->o->status != 0)
		said = check_message(v);
	if (said == NULL && v->o->status != 0 && living && !v->o->killed &&
	    strcmp(v->o->files, v->w->before) != 0 &&
	    strstr(v->wish->call, "unlink") == NULL &&
	    strstr(v->wish->call, "stat") == NULL)
		said = broken("not stopped, but changed: %s", v->o->files);
	if (said == NULL)
		said = check_truth(v, living);
	return said != NULL ? said : check_stop(v, v->w->daemon);
}

const char *
check_restarted(const struct view *v)
{
	const char *said;
	int living = (v->w->daemon != 0) + v->o->living;

	if (living > 1)
		return broken("two run");
	if (v->o->status == 0) {
		if (v->w->daemon != 0)
			return broken("restarted, but the old one runs");
		said = check_run(v);
		return said != NULL ? said :
		    check_pidfile(v, v->o->program);
	}
	said = check_message(v);
	if (said == NULL && !v->o->killed && v->o->living != 0)
		said = broken("status %d, but it runs", v->o->status);
	/* Stopped, and not started again. */
	if (said == NULL && !v->o->killed && living == 0 &&
	    v->s->state == RUNNING && !is_about_names(v->wish->call) &&
	    v->o->files[0] != '\0')
		said = broken("status %d, but left: %s; says %s",
		    v->o->status, v->o->files, v->o->err);
	if (said == NULL)
		said = check_truth(v, living);
	return said != NULL ? said : check_stop(v, v->w->daemon);
}
