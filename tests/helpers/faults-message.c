/* SPDX-License-Identifier: ISC
 *
 * One true message: of a step that can have failed there, with a status that
 * it has, and why.
 */
#include <signal.h>
#include <string.h>

#include "faults.h"

enum {
#define STATUS(name, number) EXIT_##name = (number),
#include "../../src/statuses.def"
};

/* Those of a failure. */
bool
is_known(int status)
{
	switch (status) {
#define STATUS(name, number) case number:
#include "../../src/statuses.def"
		return status != EXIT_OK;
	default:
		return false;
	}
}

/* The words after "cannot", and the status that they bring. */
static const struct words {
	const char	*text;
	int		 process, status;
} all_words[] = {
#define CHECK(name, status, words) { words, ANYBODY, EXIT_##status },
#define STEP(name, process, when, status, words) \
	{ words, process, EXIT_##status },
#define DETACH(name, process, when, status, words) \
	{ words, process, EXIT_##status },
#include "../../src/steps.def"
};

static const struct {
	const char	*text;
	int		 status;
} reasons[] = {
#define REASON(name, status, text) { text, EXIT_##status },
#include "../../src/reasons.def"
};

/* Of an action other than a start. */
static const struct {
	const char	*text;
	unsigned	 kinds;
} actions[] = {
	{ "believe pidfile", 1U << STOP | 1U << STATUS | 1U << SIGNAL |
	    1U << RESTART },
	{ "stop", 1U << STOP | 1U << RESTART },
	{ "remove pidfile", 1U << STOP },
	{ "signal", 1U << SIGNAL },
	{ "list", 1U << LIST },
	{ "print", 1U << STATUS | 1U << LIST | 1U << PLAN },
	{ "get ready", 1U << START | 1U << RESTART | 1U << LATE |
	    1U << DYING | 1U << KEPT },
};

int
role_of(const struct view *v)
{
	static const char *const names[ANYBODY] = { "front", "middle",
	    "daemon" };
	int role = FRONT;

	while (role < ANYBODY &&
	    strcmp(names[role], v->s->process[v->call->process]) != 0)
		role++;
	return role;
}

/*
 * Who has failed says what could not be done; that the program was not
 * executed, or cannot be waited for, is said of all.
 */
static bool
is_theirs(const struct view *v, const struct words *words)
{
	int process = role_of(v);

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].text, words->text) == 0)
			return (actions[i].kinds & 1U << v->s->kind) != 0;
	return words->process == ANYBODY || v->s->kind == EXEC ||
	    process >= ANYBODY || strcmp(words->text, "execute") == 0 ||
	    /* That it is ready, the front adds. */
	    (v->s->waits && strcmp(words->text, "write pidfile") == 0) ||
	    (process == DAEMON && strcmp(words->text, "use Landlock") == 0) ||
	    words->process == process;
}

static bool
is_status(const struct words *words, int status, const char *line)
{
	bool reason = false;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strstr(line, reasons[i].text) == NULL)
			continue;
		if (reasons[i].status == status)
			return true;
		reason = true;
	}
	if (reason)
		return false;
	return status == words->status ||
	    (status == EXIT_NOT_FOUND && words->status == EXIT_CANNOT_EXEC) ||
	    (status == EXIT_OSERR && (strstr(line, "memory") != NULL)) ||
	    (status == EXIT_NOPERM && (strstr(line, "not permitted") != NULL ||
	    (words->status == EXIT_OSERR &&
	    strstr(line, "Permission denied") != NULL)));
}

/* Is it a step that can have failed there, with a status that it has? */
static const char *
check_words(const struct view *v)
{
	const char *line = v->o->err + strlen("daemonize: cannot ");

	for (size_t i = 0; i < sizeof(all_words) / sizeof(all_words[0]);
	    i++) {
		const struct words *w = &all_words[i];
		size_t n = strlen(w->text);

		if (strncmp(line, w->text, n) == 0 && line[n] == ':' &&
		    is_theirs(v, w) && is_status(w, v->o->status, line))
			return NULL;
	}
	return broken("status %d, and it is no failure of this: %s",
	    v->o->status, v->o->err);
}

/* What the program has written comes after the message. */
static bool
is_evidence(const char *line)
{
	const char *next;

	for (; *line != '\0'; line = next + 1) {
		if (strncmp(line, "    ", 4) != 0 &&
		    strncmp(line, "daemonize: the end of ", 22) != 0)
			return false;
		if ((next = strchr(line, '\n')) == NULL)
			return false;
	}
	return true;
}

/*
 * What the message says where it does not say the fault's own error: what that
 * means, what libc makes of it, or that a look did not show what was done.
 */
static const struct {
	const char	*call, *says;
} meanings[] = {
	{ "bind", "but nothing confirms it" },
	{ "capget", "only a privileged user can" },
	{ "connect", "but nothing confirms it" },
	{ "dup3", "No file descriptors available" },	/* musl */
	{ "dup3", "Too many open files" },
	{ "execve", "its interpreter is missing" },
	{ "execve", "neither a binary for this machine nor a script" },
	{ "faccessat2", "its interpreter is missing" },
	{ "fcntl", "cannot print: Bad file descriptor" },
	{ "fcntl", "it is not open" },
	{ "flock", "another process holds the lock" },
	{ "getcwd", "the current directory is gone" },
	{ "getdents64", "it ended before it was ready" },
	{ "getresgid", "but nothing confirms it" },
	{ "getresuid", "but nothing confirms it" },
	{ "getsid", "but nothing confirms it" },
	{ "getsockname", "but nothing confirms it" },
	{ "getsockopt", "but nothing confirms it" },
	{ "landlock_create_ruleset", "this kernel " },
	{ "lseek", ": Illegal seek" },
	{ "mmap", ": Out of memory" },	/* musl */
	{ "mkdir", ": No such file or directory" },
	{ "newfstatat", ": not found" },
	{ "newfstatat", "but nothing confirms it" },
	{ "newfstatat", "its interpreter is missing" },
	{ "newfstatat", "no such user" },
	{ "newfstatat", "nothing proves that this process is the daemon" },
	{ "newfstatat", "/proc does not tell whose process this is" },
	{ "newfstatat", "without /proc nobody can tell" },
	{ "openat", ": Not a directory" },
	{ "openat", ": No such file or directory" },
	{ "openat", "/proc does not tell whose process this is" },
	{ "openat", "already running" },
	{ "openat", "but nothing confirms it" },
	{ "openat", "it is a symbolic link" },
	{ "openat", "its interpreter is missing" },
	{ "openat", "no output of it is a file that can be read" },
	{ "openat", "no such group" },
	{ "openat", "no such user" },
	{ "openat", "which is not there or cannot be read" },
	{ "openat", "without /proc nobody can tell" },
	{ "pidfd_open", "it ended before it was ready" },
	{ "pidfd_send_signal", "it is not running" },
	{ "prctl", "but nothing confirms it" },
	{ "prctl", "the caller does not have it" },
	{ "read", "no such group" },
	{ "read", "no such user" },
	{ "read", "/proc does not tell whose process this is" },
	{ "readlink", "/proc does not tell whose process this is" },
	{ "readlink", "which is not there or cannot be read" },
	{ "readlink", "without /proc nobody can tell" },
	{ "sched_setaffinity", "not all of these CPUs" },
	{ "seccomp", "and this kernel has none" },
	{ "socket", "but nothing confirms it" },
	{ "waitid", "it was closed without a newline" },
};

const char *
other_words(const char *a, const char *b, char end)
{
	for (;;) {
		a += strspn(a, "0123456789");
		b += strspn(b, "0123456789");
		if (*a != *b)
			return a;
		if (*a == '\0' || *a == end)
			return NULL;
		a++;
		b++;
	}
}

/* It ended as it does without a fault. */
static bool
is_as_expected(const struct view *v)
{
	return v->o->status == v->expected->status &&
	    (v->s->kind < LATE ||
	    other_words(v->o->err, v->expected->err, '\n') == NULL);
}

/* A C library has its choice of calls. */
static const char *
usual_name(const char *call)
{
	return strcmp(call, "open") == 0 ? "openat" :
	    strcmp(call, "stat") == 0 || strcmp(call, "lstat") == 0 ||
	    strcmp(call, "fstat") == 0 ? "newfstatat" : call;
}

static const char *
check_reason(const struct view *v)
{
	const struct wish *w = v->wish;
	const struct outcome *o = v->o;

	/* What could not be looked at may have come unnoticed: 124, or the
	 * program is taken for one that put itself in the background. */
	if (w->action != REPLACE || w->result >= 0 || o->never ||
	    is_as_expected(v) || (o->status == 124 && v->s->kind < LATE) ||
	    strstr(o->err, "it put itself in the background") != NULL ||
	    is_answer(v) ||
	    strstr(o->err, strerror((int)-w->result)) != NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcmp(meanings[i].call, usual_name(w->call)) == 0 &&
		    strstr(o->err, meanings[i].says) != NULL)
			return NULL;
	return broken("status %d, and the reason is %s", o->status, o->err);
}

/*
 * Is it the writing of what there is to say that failed?  -f says it through a
 * descriptor of its own.
 */
static bool
is_message(const struct view *v)
{
	return strncmp(v->wish->call, "write", 5) == 0 &&
	    v->call->process == 0 && (v->call->first <= 2 ||
	    v->s->kind == EXEC);
}

/* One line, or none where the write of that line is what failed. */
const char *
check_message(const struct view *v)
{
	const struct outcome *o = v->o;
	const char *end = strchr(o->err, '\n'), *said;

	if (o->killed)
		return NULL;
	if (!is_known(o->status))
		return broken("status %d, and says %s", o->status, o->err);
	if (is_message(v))
		return NULL;
	if (end == NULL || !is_evidence(end + 1) ||
	    strncmp(o->err, "daemonize: cannot ", 18) != 0)
		return broken("status %d, and says %s", o->status, o->err);
	if ((said = check_words(v)) != NULL)
		return said;
	if (v->wish->action == KILL && !is_as_expected(v) &&
	    o->status != 124 && is_before_exec(v) &&
	    strstr(o->err, "it ended before it could execute") == NULL)
		return broken("killed, and says %s", o->err);
	return check_reason(v);
}
