/* SPDX-License-Identifier: ISC
 *
 * Of a start: it has run once, as what was asked for, and has what is its; or
 * there is nothing that was not there before.
 */
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"

/* What could only be locked open for writing is opened so, and locked. */
static bool
is_locked_again(const struct wish *w)
{
	return w->action == REPLACE && strcmp(w->call, "flock") == 0 &&
	    (w->result == -EBADF || w->result == -EIO);
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
	if (strncmp(word, "fds=", 4) == 0)
		return is_locked_again(w);
	if (strncmp(word, "env=", 4) == 0)
		return is_shorter_file(v);
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

const char *
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

/* They may stay where their name cannot be seen, or gone. */
bool
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
	    w->result != -EWOULDBLOCK && w->result != -EINTR &&
	    !is_locked_again(w) ?
	    broken("success, without a lock") : NULL;
}

/* The pidfile names the one that runs. */
const char *
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

/* What the program has written stays, also in an output that we made. */
static void
forget_said(const struct view *v, char *text)
{
	static const char *const said[] = { " now|\n", " oops|\n" };

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		char *end = v->o->runs > 0 ? strstr(text, said[i]) : NULL;
		char *line = end;

		while (end != NULL && line > text && line[-1] != '\n')
			line--;
		if (end != NULL) {
			end += strlen(said[i]);
			memmove(line, end, strlen(end) + 1);
		}
	}
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
	forget_said(v, after);
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

const char *
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
const char *
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
