/* SPDX-License-Identifier: ISC
 *
 * The invariant: exit status 0 if and only if what was asked is so; otherwise
 * one message, and nothing that was not there before.  Whoever was killed, the
 * next command finds the truth.
 */
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	static const char *const no_process[] = { "pidfd_open", "getsid",
	    "getpgid", "kill", "pidfd_send_signal", NULL };
	const struct wish *w = v->wish;
	const char *const *calls = w->result == -ENOENT ? not_there :
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
	return v->s->kind != EXEC && (v->call->process == MIDDLE ||
	    v->call->process == DAEMON);
}

/*
 * What the kernel says it does not have is done without, and the manual says
 * so: IPv6 for *:PORT, and a nice value of the session, which reads empty.
 */
static bool
is_less(const struct view *v, const char *word)
{
	const struct wish *w = v->wish;

	if (strncmp(word, "socket3=10,1,1,7001 ", 20) == 0)
		return strcmp(w->call, "socket") == 0 &&
		    w->result == -EAFNOSUPPORT;
	return strncmp(word, "session-nice=", 13) == 0 &&
	    w->action == REPLACE &&
	    ((strncmp(w->call, "open", 4) == 0 && w->result == -ENOENT) ||
	    (strcmp(w->call, "pread64") == 0 && w->result == 0));
}

/* The first word that is another. */
static const char *
check_run_state(const struct view *v)
{
	const char *is = v->o->run_state, *should = v->expected->run_state;
	size_t word = 0;

	if (strcmp(is, should) == 0)
		return NULL;
	for (size_t i = 0; is[i] != '\0' && is[i] == should[i]; i++)
		if (is[i] == ' ')
			word = i + 1;
	if (is_less(v, should + word))
		return NULL;
	return broken("runs otherwise: %.*s instead of %.*s",
	    (int)strcspn(is + word, " "), is + word,
	    (int)strcspn(should + word, " "), should + word);
}

static const char *
check_run(const struct view *v)
{
	const struct outcome *o = v->o;
	const char *said;

	if (o->living != 1)
		return broken("status %d, but %d run", o->status, o->living);
	if (v->s->tells && v->s->kind != KEPT && !o->ready)
		return broken("success, but it is not ready");
	if (o->runs != 1 || o->run_pid != o->program)
		return broken("success, but it has run %d times", o->runs);
	if ((said = check_run_state(v)) != NULL)
		return said;
	if (o->same_keyring != v->expected->same_keyring)
		return broken("runs with another keyring");
	if (o->same_session != v->expected->same_session)
		return broken("runs in another session");
	return NULL;
}

/* A lock that nobody holds, or a pidfile's former self: the next start takes
 * that, and clears this away. */
static bool
is_harmless(const char *line, size_t length)
{
	static const char *const names[] = { "/pid.lock ", "/svc.lock ",
	    "/.svc.daemonize ", "/.svc.id.daemonize ",
	    "/.pid.daemonize ", "/.pid.id.daemonize ", NOTIFY };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (memmem(line, length, names[i], strlen(names[i])) != NULL)
			return true;
	return false;
}

static bool
is_about_names(const char *call)
{
	return strstr(call, "unlink") != NULL ||
	    strstr(call, "rmdir") != NULL || strstr(call, "stat") != NULL;
}

/* They may stay where their name cannot be seen, or gone. */
static bool
is_shape(const struct view *v)
{
	static char text[TEXT];
	const char *line = v->o->shape, *end;
	size_t used = 0;

	if (strcmp(v->o->shape, v->expected->shape) == 0)
		return true;
	if (!is_about_names(v->wish->call))
		return false;
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		size_t length = (size_t)(end + 1 - line);

		if (is_harmless(line, length))
			continue;
		memcpy(text + used, line, length);
		used += length;
	}
	text[used] = '\0';
	return strcmp(text, v->expected->shape) == 0;
}

static const char *check_truth(const struct view *, int living);

static bool
has_pidfile(const struct view *v)
{
	return strstr(v->expected->shape, "place/pid ") != NULL ||
	    strstr(v->expected->shape, "theirs/pid ") != NULL ||
	    strstr(v->expected->shape, "daemonize/svc ") != NULL ||
	    v->s->kind == LATE || v->s->kind == DYING;
}

/* What was published is whole: who asks hears of this very one, and as what. */
static const char *
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

/* The daemon, and nobody else, has what -l names. */
static const char *
check_lock(const struct view *v)
{
	int fd;
	bool held;

	if (!v->s->locks)
		return NULL;
	fd = open(v->w->ordinary ? "theirs/lock" : "lock",
	    O_RDONLY | O_CLOEXEC);
	held = fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == -1 &&
	    errno == EWOULDBLOCK;
	if (fd != -1)
		close(fd);
	return held ? NULL : broken("success, but it holds no lock");
}

/* Who is not told that the lock is his does not go on. */
static const char *
check_locking(const struct view *v)
{
	const struct wish *w = v->wish;

	return v->o->status == 0 && !v->o->never && w->action == REPLACE &&
	    strcmp(w->call, "flock") == 0 && w->result < 0 &&
	    w->result != -EWOULDBLOCK && w->result != -EINTR ?
	    broken("success, without a lock") : NULL;
}

/* The pidfile names the one that runs. */
static const char *
check_pidfile(const struct view *v, pid_t pid)
{
	const char *said;
	char line[32];

	snprintf(line, sizeof(line), " %d|\n", (int)pid);
	if (has_pidfile(v) && strstr(v->o->files, line) == NULL)
		return broken("the pidfile does not say %d: %s", (int)pid,
		    v->o->files);
	if (!is_shape(v))
		return broken("left: %s", v->o->shape);
	if ((said = check_lock(v)) != NULL ||
	    (said = check_locking(v)) != NULL)
		return said;
	return check_told(v, pid);
}

/*
 * What is made with the new user's rights, in his own directory, goes with
 * them: who made it removes it, but once he is killed, or the program runs, the
 * front does not reach out for it.
 */
static void
forget_theirs(const struct view *v, char *text)
{
	char *line, *end;

	if (v->wish->action != KILL && !v->s->waits && v->o->runs == 0 &&
	    (v->call->process != FRONT || !v->call->after_fork))
		return;
	line = strstr(text, "w/place/theirs/err ");
	if (line != NULL && (end = strchr(line, '\n')) != NULL)
		memmove(line, end + 1, strlen(end + 1) + 1);
}

static void
forget_old(char *text)
{
	while ((text = strstr(text, " old|")) != NULL)
		memmove(text + 1, text + 5, strlen(text + 5) + 1);
}

/*
 * An output is truncated last: a program that is refused after all, or killed,
 * cannot bring back what was in it.
 */
static bool
files_are_back(const struct view *v)
{
	static char before[TEXT], after[TEXT];

	memcpy(before, v->w->before, TEXT);
	memcpy(after, v->o->files, TEXT);
	forget_theirs(v, after);
	if (v->call->after_truncation) {
		forget_old(before);
		forget_old(after);
	}
	if (strcmp(before, after) == 0)
		return true;
	/*
	 * Nobody stays behind that could bring a stale one back; once it is
	 * ready, both of its files go, for the pidfile to say so; and where no
	 * two files can be exchanged, both are lost.
	 */
	return v->s->state == STALE && (v->s->kind == EXEC ||
	    strcmp(v->wish->call, "renameat2") == 0 ||
	    (v->call->after_fork && v->s->again != 0)) &&
	    strstr(after, "pid") == NULL && strncmp(after, before,
	    strlen(after)) == 0;
}

/* Somebody else has locked the file that we have made: then it is his. */
static bool
was_overtaken(const struct view *v)
{
	return v->o->status == 75 && strcmp(v->wish->call, "flock") == 0 &&
	    v->wish->result == -EWOULDBLOCK && strchr(v->o->files, '\n') ==
	    strrchr(v->o->files, '\n') && v->w->before[0] == '\0';
}

/*
 * Whatever it was stopped for, it must not have run as anything else; and not
 * at all where the daemon, or the middle, was not done before the execution.
 */
static const char *
check_short_run(const struct view *v)
{
	const struct outcome *o = v->o;

	if (o->runs == 0)
		return NULL;
	if (is_before_exec(v) &&
	    o->status != v->expected->status && o->status != 124 &&
	    o->status != 69)
		return broken("status %d, but it ran, and says %s", o->status,
		    o->err);
	return check_run_state(v);
}

/* A front that fails when all is done stops what runs already. */
static const char *
check_nothing(const struct view *v)
{
	const struct outcome *o = v->o;
	const char *said = check_short_run(v);

	if (said != NULL)
		return said;
	if (o->living != 0)
		return broken("status %d, but it runs: %s", o->status,
		    o->err);
	if (o->runs > 1 || (o->runs == 1 && !v->call->after_fork &&
	    o->status != 124 && o->status != 69 &&
	    strstr(o->err, "cannot get ready: ") == NULL))
		return broken("status %d, but it ran: %s", o->status, o->err);
	/* What cannot be removed tells no lie, and is in nobody's way. */
	if (v->s->kind >= LATE &&
	    (v->call->after_fork || v->wish->result == -ENOENT) &&
	    (is_about_names(v->wish->call) ||
	    strstr(v->wish->call, "rename") != NULL))
		return check_truth(v, 0);
	if (!files_are_back(v) && !was_overtaken(v))
		return broken("status %d, but left: %s, was: %s; says %s",
		    o->status, o->files, v->w->before, o->err);
	return NULL;
}

/* Not ready, it was told to end before the front was killed. */
static bool
has_ended(const struct view *v)
{
	return v->s->kind >= LATE && v->o->program != 0 &&
	    !is_living(v->w, v->o->program);
}

/* No message and no front: the next commands must know. */
static const char *
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
static const char *
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

/* Nothing runs, and nothing is in the way of the next one. */
static const char *
check_next(const struct view *v)
{
	static struct outcome next;
	int status = run_again(v->w, v->s, &next);

	return status == v->expected->status ? NULL :
	    broken("killed, the next start says %d: %s", status, next.err);
}

static const char *
check_killed_start(const struct view *v)
{
	const char *said;

	if (v->o->living > 1 || v->o->runs > 1 ||
	    (v->o->runs > v->o->living && v->s->kind < LATE))
		return broken("killed, and %d run, %d have run", v->o->living,
		    v->o->runs);
	if (v->o->runs > 0 && (said = check_run_state(v)) != NULL)
		return said;
	/* Nobody is left to tell the pidfile what has become of it. */
	if (v->s->moves && v->o->living != 0)
		return NULL;
	if (!has_pidfile(v) && v->s->kind == START && v->o->living == 0)
		return check_next(v);
	said = check_truth(v, v->o->living);
	return said != NULL ? said : check_stop(v, v->o->program);
}

static const char *
check_start(const struct view *v)
{
	const char *said;

	if (v->o->killed)
		return check_killed_start(v);
	if (v->o->status != 0) {
		said = check_message(v);
		return said != NULL ? said : check_nothing(v);
	}
	if ((v->o->err[0] != '\0' && !v->s->speaks) ||
	    v->o->out[0] != '\0')
		return broken("success, and says %s%s", v->o->out, v->o->err);
	said = check_run(v);
	return said != NULL ? said : check_pidfile(v, v->o->program);
}

/* It does not get ready: success would be a lie. */
static const char *
check_late(const struct view *v)
{
	const char *said;

	if (v->o->killed)
		return check_killed_start(v);
	if (v->o->status == 0)
		return broken("success, but it is not ready");
	if ((said = check_message(v)) != NULL)
		return said;
	if (v->s->kind != KEPT || v->o->status != 124)
		return check_nothing(v);
	if (strncmp(v->wish->call, "write", 5) != 0 &&
	    strstr(v->o->err, "left running") == NULL)
		return broken("it says %s", v->o->err);
	said = check_run(v);
	return said != NULL ? said : check_pidfile(v, v->o->program);
}

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

static const char *
check_busy(const struct view *v)
{
	const char *said = check_untouched(v);

	if (said != NULL || (v->o->status == 0 && v->s->excused))
		return said;
	if (v->o->status == 0)
		return broken("success, though it ran before");
	return check_message(v);
}

static const char *
check_status(const struct view *v)
{
	const char *said = check_untouched(v);

	if (said != NULL || v->o->killed)
		return said;
	if (v->o->status == 0)
		return strstr(v->o->out, "running (process ") != NULL &&
		    v->o->err[0] == '\0' && v->s->state >= RUNNING ? NULL :
		    broken("status 0, and says %s%s", v->o->out, v->o->err);
	if (v->o->status == 1 || v->o->status == 3)
		return v->s->state < RUNNING ? NULL :
		    broken("it runs, --status says %d", v->o->status);
	return v->o->status == 4 && strstr(v->o->out, ": unknown: ") != NULL ?
	    NULL : check_message(v);
}

static const char *
check_list(const struct view *v)
{
	const char *said = check_untouched(v);

	if (said != NULL || v->o->killed)
		return said;
	if (v->o->status != 0)
		return check_message(v);
	if (strstr(v->o->out, "svc") == NULL ||
	    strstr(v->o->out, " dead") != NULL ||
	    strstr(v->o->out, "not running") != NULL)
		return broken("status 0, and says %s", v->o->out);
	return NULL;
}

static const char *
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

static const char *
check_stopped(const struct view *v)
{
	const char *said = NULL;
	int living = v->w->daemon != 0;

	if (v->o->status == 0 && living)
		return broken("stopped, but it runs");
	if (v->o->status == 0 && v->o->living != 0)
		return broken("stopped, but one of its group runs");
	if (v->o->status == 0 && !is_shape(v) &&
	    strcmp(v->o->files, v->w->before) != 0 &&
	    strstr(v->wish->call, "unlink") == NULL)
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

static const char *
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
