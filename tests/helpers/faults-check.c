/* SPDX-License-Identifier: ISC
 *
 * The invariant: exit status 0 if and only if what was asked is so; otherwise
 * one message, and nothing that was not there before.  Whoever was killed, the
 * next command finds the truth.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "faults.h"

const char *
broken(const char *format, ...)
{
	static char text[2 * TEXT];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\n' || *p == '\t')
			*p = *p == '\n' ? '|' : ' ';
	return text;
}

/*
 * That something is not there is an answer, no failure: whoever asks for a
 * daemon has to believe it.
 */
bool
is_answer(const struct view *v)
{
	static const char *const not_there[] = { "open", "openat", "stat",
	    "newfstatat", "statx", "readlink", "getdents64", "unlinkat",
	    "access", "faccessat2", NULL };
	static const char *const no_directory[] = { "open", "openat",
	    "newfstatat", NULL };
	static const char *const no_process[] = { "pidfd_open", "getsid",
	    "getpgid", "kill", "pidfd_send_signal", NULL };
	const struct wish *w = v->wish;
	const char *const *calls = w->result == -ENOENT ? not_there :
	    w->result == -ENOTDIR ? no_directory :
	    w->result == -ESRCH || w->result == -EINVAL ? no_process : NULL;

	/* Once a restart has stopped it, there is none in truth. */
	if (w->action != REPLACE || calls == NULL ||
	    (v->s->state < RUNNING && v->s->kind != STOP) ||
	    (v->s->kind == RESTART && (v->call->process != 0 ||
	    v->w->daemon == 0)))
		return false;
	for (; *calls != NULL; calls++)
		if (strcmp(*calls, w->call) == 0)
			return true;
	return false;
}

/* By the middle, or the daemon, which is no daemonize any more after that. */
bool
is_before_exec(const struct view *v)
{
	int role = role_of(v);

	return v->s->kind != EXEC && (role == MIDDLE || role == DAEMON);
}

bool
is_about_names(const char *call)
{
	return strstr(call, "unlink") != NULL ||
	    strstr(call, "rmdir") != NULL || strstr(call, "stat") != NULL;
}

/* A file of variables that ends early has less of them. */
bool
is_shorter_file(const struct view *v)
{
	return strcmp(v->wish->call, "read") == 0 && v->wish->result == 0;
}

/*
 * It was told that there is none: then it says so, or starts the one that it
 * believes to be alone.
 */
static const char *
check_answered(const struct view *v)
{
	const struct outcome *o = v->o;
	int living = (v->w->daemon != 0) + o->living;

	if (v->s->kind != BUSY && v->s->kind != RESTART &&
	    v->s->state != GROUPED && living > 1)
		return broken("status %d, and two run", o->status);
	if (o->killed || o->status == 0)
		return NULL;
	if ((v->s->kind == STATUS || v->s->kind == LIST) && o->err[0] == '\0')
		return is_known(o->status) && o->out[0] != '\0' ? NULL :
		    broken("status %d, and says nothing", o->status);
	return check_message(v);
}

/* -v: before the message come the steps that were done. */
static void
forget_steps(struct outcome *o)
{
	char *message = strstr(o->err, "daemonize: cannot ");

	if (message != NULL)
		memmove(o->err, message, strlen(message) + 1);
}

const char *
check(struct world *w, const struct scenario *s, const struct call *call,
    const struct wish *wish, const struct expected *expected,
    struct outcome *o)
{
	static const char *(*const by_kind[])(const struct view *) = {
		[START] = check_start, [EXEC] = check_start,
		[BUSY] = check_busy, [STOP] = check_stopped,
		[STATUS] = check_status, [LIST] = check_list,
		[PLAN] = check_plan,
		[SIGNAL] = check_signal, [RESTART] = check_restarted,
		[LATE] = check_late, [DYING] = check_late,
		[KEPT] = check_late };
	const struct view v = { w, s, call, wish, expected, o };

	if (o->status == -1)
		return broken("it hangs");
	if (s->speaks && o->status != 0)
		forget_steps(o);
	if (o->others != 0)
		return broken("status %d, and %d other processes are left",
		    o->status, o->others);
	if (is_answer(&v))
		return check_answered(&v);
	return by_kind[s->kind](&v);
}
