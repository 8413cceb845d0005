/* SPDX-License-Identifier: ISC
 *
 * What the options of a command line have to do with each other.
 */
#include <signal.h>
#include <stdio.h>

#include "options_table.h"
#include "parse.h"
#include "rundir.h"
#include "sockets.h"

/* Pairs that contradict each other. */
static const struct {
	int	a, b;
} conflicts[] = {
	{ OPT_LOG, OPT_STDOUT },
	{ OPT_LOG, OPT_STDERR },
	{ OPT_CLEAR_ENV, OPT_KEEP_ENV },
	{ OPT_VERBOSE, OPT_QUIET },
	{ OPT_PIDFILE, OPT_NAME },
	{ OPT_RESTART, OPT_FOREGROUND },
	{ OPT_RESTART, OPT_OK_IF_RUNNING },
	{ OPT_READY, OPT_FOREGROUND },
};

/* What is done instead of a start: one of these, and with what. */
static const struct verb {
	int		id;
	enum mode	mode;
	bool		takes_program;
	bool		takes_daemon;	/* --pidfile or --name */
	bool		takes_json;
} verbs[] = {
	{ OPT_EXPLAIN, MODE_EXPLAIN, true, false, true },
	{ OPT_STOP, MODE_STOP, false, true, false },
	{ OPT_RESTART, MODE_RESTART, true, true, false },
	{ OPT_RELOAD, MODE_SIGNAL, false, true, false },
	{ OPT_SIGNAL, MODE_SIGNAL, false, true, false },
	{ OPT_STATUS, MODE_STATUS, false, true, true },
	{ OPT_LIST, MODE_LIST, false, false, true },
};

/* "--name", as messages call an option, in `text`. */
static const char *
option_dashed(int id, char *text, size_t size)
{
	snprintf(text, size, "--%s", option_row(id)->name);
	return text;
}

int
misused(struct parsing *p, int id, const char *what)
{
	char name[64];

	return fault_usage(p->fault, option_dashed(id, name, sizeof name),
	    "%s", what);
}

int
bad_value(struct parsing *p, int id, const char *value, const char *what)
{
	char name[64];

	return fault_usage(p->fault, option_dashed(id, name, sizeof name),
	    "%s: %s", what, value);
}

static int
contradiction(struct parsing *p, int id, int other)
{
	char a[64], b[64];

	return fault_usage(p->fault, option_dashed(id, a, sizeof a),
	    "it contradicts %s", option_dashed(other, b, sizeof b));
}

/* Find the verb: NULL for a start. */
static int
find_verb(struct parsing *p, const struct verb **verb)
{
	*verb = NULL;
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		if (!p->seen[verbs[i].id - OPT_FIRST])
			continue;
		if (*verb != NULL)
			return contradiction(p, verbs[i].id, (*verb)->id);
		*verb = &verbs[i];
	}
	if (*verb != NULL)
		p->spec->mode = (*verb)->mode;
	if (p->seen[OPT_RELOAD - OPT_FIRST])
		p->spec->signal = SIGHUP;
	return 0;
}

static int
check_verb(struct parsing *p, const struct verb *verb)
{
	const struct daemon_spec *spec = p->spec;

	if (spec->json && (verb == NULL || !verb->takes_json))
		return misused(p, OPT_JSON,
		    "it needs --explain, --status or --list");
	/* First: what comes after it may be the options that are missed. */
	if (verb != NULL && !verb->takes_program && spec->argv[0] != NULL)
		return bad_value(p, verb->id, spec->argv[0],
		    "it takes no program");
	if (verb != NULL && verb->takes_daemon && spec->pidfile == NULL &&
	    spec->name == NULL)
		return misused(p, verb->id, "it needs --pidfile or --name");
	if (spec->mode == MODE_LIST &&
	    (spec->pidfile != NULL || spec->name != NULL))
		return misused(p, OPT_LIST,
		    "it lists all, and takes no --pidfile or --name");
	if ((verb == NULL || verb->takes_program) &&
	    (spec->argv[0] == NULL || spec->argv[0][0] == '\0'))
		return fault_usage(p->fault, NULL,
		    "the program to start is missing; see --help");
	/* A wait that fails ends the group in any case. */
	if (spec->stop_group && spec->mode != MODE_STOP &&
	    spec->mode != MODE_RESTART && spec->ready_count == 0)
		return misused(p, OPT_STOP_GROUP,
		    "it needs --stop, --restart or a wait for --ready");
	if (spec->name != NULL && !is_daemon_name(spec->name))
		return bad_value(p, OPT_NAME, spec->name, "not a name: "
		    "letters, digits, _, and after the first . and -; "
		    "not ending in .id or .lock");
	return 0;
}

/* A descriptor that is handed out for a condition. */
static int
check_handed_out(struct parsing *p, const struct condition *c)
{
	const struct daemon_spec *spec = p->spec;
	int fd;

	if (c->kind != CONDITION_fd)
		return 0;
	if (sockets_use_fd(spec, c->fd))
		return contradiction(p, OPT_READY, OPT_LISTEN);
	for (size_t i = 0; i < spec->keep_fds.count; i++)
		if (parse_fd(spec->keep_fds.word[i], &fd) == 0 && fd == c->fd)
			return contradiction(p, OPT_READY, OPT_KEEP_FD);
	return 0;
}

#define TIMEOUT_DEFAULT	60000

static int
check_ready(struct parsing *p)
{
	struct daemon_spec *spec = p->spec;
	bool limited = p->seen[OPT_TIMEOUT - OPT_FIRST];
	int error = 0;

	if (!p->seen[OPT_READY - OPT_FIRST] &&
	    (limited || spec->keep_on_timeout))
		return misused(p, limited ? OPT_TIMEOUT :
		    OPT_KEEP_ON_TIMEOUT, "it needs --ready");
	if (!limited)
		spec->timeout = TIMEOUT_DEFAULT;
	for (size_t i = 0; error == 0 && i < spec->ready_count; i++) {
		const struct condition *c = &spec->ready[i];

		if (c->milliseconds > spec->timeout && limited)
			return misused(p, OPT_TIMEOUT,
			    "it is shorter than what alive: needs");
		if (c->milliseconds > spec->timeout)
			spec->timeout = c->milliseconds;
		if (c->kind == CONDITION_log && spec->log == NULL &&
		    spec->output == NULL && spec->error == NULL)
			return misused(p, OPT_READY,
			    "log: needs --log, --stdout or --stderr");
		error = check_handed_out(p, c);
	}
	return error;
}

int
check_spec(struct parsing *p)
{
	const struct verb *verb;
	int error;

	for (size_t i = 0; i < sizeof conflicts / sizeof conflicts[0]; i++)
		if (p->seen[conflicts[i].a - OPT_FIRST] &&
		    p->seen[conflicts[i].b - OPT_FIRST])
			return contradiction(p, conflicts[i].a,
			    conflicts[i].b);
	error = find_verb(p, &verb);
	if (error == 0)
		error = check_verb(p, verb);
	return error != 0 ? error : check_ready(p);
}
