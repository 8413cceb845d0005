/* SPDX-License-Identifier: ISC
 *
 * The command line: options.def to getopt_long(3), --help and daemon_spec.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "options_table.h"
#include "parse.h"

/* Options whose argument is taken as it is. */
static const struct {
	int	id;
	size_t	offset;
} texts[] = {
	{ OPT_USER, offsetof(struct daemon_spec, user) },
	{ OPT_GROUP, offsetof(struct daemon_spec, group) },
	{ OPT_GROUPS, offsetof(struct daemon_spec, groups) },
	{ OPT_CHDIR, offsetof(struct daemon_spec, chdir) },
	{ OPT_CHROOT, offsetof(struct daemon_spec, chroot) },
	{ OPT_NAME, offsetof(struct daemon_spec, name) },
	{ OPT_PIDFILE, offsetof(struct daemon_spec, pidfile) },
	{ OPT_LOCKFILE, offsetof(struct daemon_spec, lockfile) },
	{ OPT_STDIN, offsetof(struct daemon_spec, input) },
	{ OPT_STDOUT, offsetof(struct daemon_spec, output) },
	{ OPT_STDERR, offsetof(struct daemon_spec, error) },
	{ OPT_LOG, offsetof(struct daemon_spec, log) },
};

static const struct {
	int	id;
	size_t	offset;
} flags[] = {
	{ OPT_OK_IF_RUNNING, offsetof(struct daemon_spec, ok_if_running) },
	{ OPT_APPEND, offsetof(struct daemon_spec, append) },
	{ OPT_KEEP_ON_TIMEOUT, offsetof(struct daemon_spec, keep_on_timeout) },
	{ OPT_NO_NET, offsetof(struct daemon_spec, no_net) },
	{ OPT_STOP_GROUP, offsetof(struct daemon_spec, stop_group) },
	{ OPT_NO_NEW_PRIVS, offsetof(struct daemon_spec, no_new_privs) },
	{ OPT_FOREGROUND, offsetof(struct daemon_spec, foreground) },
	{ OPT_JSON, offsetof(struct daemon_spec, json) },
	{ OPT_VERBOSE, offsetof(struct daemon_spec, verbose) },
	{ OPT_QUIET, offsetof(struct daemon_spec, quiet) },
};

/* Of a new output; symbolic modes start from it. */
#define LOG_MODE	0640
#define NOT_A_MODE	"not an octal or symbolic mode up to 0777"

static int
add_word(struct parsing *p, struct words *list, const char *word)
{
	if (list->word == NULL)
		list->word = calloc(p->max, sizeof *list->word);
	if (list->word == NULL)
		return fault_set(p->fault, STEP_command_line, ENOMEM, NULL);
	list->word[list->count++] = word;
	return 0;
}

static int
add_env(struct parsing *p, const char *word)
{
	if (word[0] == '=')
		return bad_value(p, OPT_ENV, word, "a variable needs a name");
	return add_word(p, &p->spec->env, word);
}

static int
add_keep_fd(struct parsing *p, const char *word)
{
	int fd;

	if (parse_fd(word, &fd) != 0)
		return bad_value(p, OPT_KEEP_FD, word,
		    "not a descriptor's number");
	if (fd <= 2)
		return bad_value(p, OPT_KEEP_FD, word,
		    "0 to 2 are given by --stdin, --stdout and --stderr");
	return add_word(p, &p->spec->keep_fds, word);
}

/* What was asked for twice is awaited once, and exec is always. */
static int
add_condition(struct parsing *p, const char *text)
{
	struct daemon_spec *spec = p->spec;
	struct condition c;
	const char *why;
	int error = parse_condition(text, &c, &why);

	if (error == ENOMEM)
		return fault_set(p->fault, STEP_command_line, ENOMEM, NULL);
	if (error != 0)
		return bad_value(p, OPT_READY, text, why);
	for (size_t i = 0; i < spec->ready_count; i++)
		if (strcmp(spec->ready[i].text, text) == 0)
			return 0;
	if (spec->ready == NULL)
		spec->ready = calloc(p->max, sizeof *spec->ready);
	if (spec->ready == NULL)
		return fault_set(p->fault, STEP_command_line, ENOMEM, NULL);
	if (c.kind != CONDITION_exec)
		spec->ready[spec->ready_count++] = c;
	return 0;
}

static int
add_listen(struct parsing *p, const char *word)
{
	struct daemon_spec *spec = p->spec;
	struct listen *l;
	const char *why;

	if (spec->listen == NULL)
		spec->listen = calloc(LISTEN_MAX, sizeof *spec->listen);
	if (spec->listen == NULL)
		return fault_set(p->fault, STEP_command_line, ENOMEM, NULL);
	if (spec->listen_count == LISTEN_MAX)
		return fault_usage(p->fault, "--listen",
		    "there are more than %d", LISTEN_MAX);
	l = &spec->listen[spec->listen_count];
	why = listen_parse(word, l);
	for (size_t i = 0; why == NULL && i < spec->listen_count; i++)
		if (listen_is_same(l, &spec->listen[i]))
			why = "it is given twice";
	if (why != NULL)
		return bad_value(p, OPT_LISTEN, word, why);
	spec->listen_count++;
	return 0;
}

static int
add_port(struct parsing *p, int id, struct words *list, const char *word)
{
	uint16_t port;

	if (parse_port(word, &port) != 0)
		return bad_value(p, id, word, "not a port's number, 1-65535");
	return add_word(p, list, word);
}

/* The options that may be given more than once, each time for one more. */
static int
set_repeated(struct parsing *p, int id, const char *value)
{
	struct daemon_spec *spec = p->spec;

	switch (id) {
	case OPT_KEEP_FD:
		return add_keep_fd(p, value);
	case OPT_LISTEN:
		return add_listen(p, value);
	case OPT_RO:
		return add_word(p, &spec->ro, value);
	case OPT_RW:
		return add_word(p, &spec->rw, value);
	case OPT_BIND_PORT:
		return add_port(p, id, &spec->bind_ports, value);
	case OPT_CONNECT_PORT:
		return add_port(p, id, &spec->connect_ports, value);
	case OPT_ENV:
		return add_env(p, value);
	case OPT_ENV_FILE:
		return add_word(p, &spec->env_files, value);
	case OPT_READY:
		return add_condition(p, value);
	default:
		return set_allowance(p, id, value);
	}
}

static int
set_other(struct parsing *p, int id, const char *value)
{
	struct daemon_spec *spec = p->spec;
	const char *why;

	switch (id) {
	case OPT_UMASK:
		if (parse_umask(value, &spec->umask) != 0)
			return bad_value(p, id, value, NOT_A_MODE);
		return 0;
	case OPT_LOG_MODE:
		if (parse_mode(value, LOG_MODE, &spec->log_mode) != 0)
			return bad_value(p, id, value, NOT_A_MODE);
		return 0;
	case OPT_CLEAR_ENV:
		spec->env_base = ENV_CLEAR;
		return 0;
	case OPT_KEEP_ENV:
		spec->env_base = ENV_KEEP;
		return 0;
	case OPT_TIMEOUT:
		if (parse_seconds(value, &spec->timeout) != 0)
			return bad_value(p, id, value, "not a number of "
			    "seconds above 0, a year at most");
		return 0;
	case OPT_SIGNAL:
		if (parse_signal(value, &spec->signal) != 0)
			return bad_value(p, id, value, "no such signal");
		return 0;
	case OPT_RETRY:
		if (parse_schedule(value, &spec->retry, &why) != 0)
			return bad_value(p, id, value, why);
		return 0;
	default:
		return set_repeated(p, id, value);
	}
}

static int
set_option(struct parsing *p, int id, const char *value)
{
	char *base = (char *)p->spec;

	p->seen[id - OPT_FIRST] = true;
	if (value != NULL && value[0] == '\0' && id != OPT_GROUPS &&
	    id != OPT_CAPS)
		return misused(p, id, "its value is empty");
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].id == id) {
			*(const char **)(void *)(base + texts[i].offset) =
			    value;
			return 0;
		}
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (flags[i].id == id) {
			*(bool *)(void *)(base + flags[i].offset) = true;
			return 0;
		}
	return set_other(p, id, value);
}

static int
unknown_option(struct parsing *p, const char *arg)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	const char *nearest;
	char name[FAULT_OBJECT + 1], fitting[256];

	/* A letter that is not ASCII may be any number, with some libraries. */
	if (optopt > OPT_FIRST)
		return misused(p, optopt, "it takes no value");
	if (optopt != 0)
		return fault_usage(p->fault, letter,
		    "no such option; see --help");
	snprintf(name, sizeof name, "%.*s", (int)strcspn(arg, "="), arg);
	if (name[2] != '\0' &&
	    option_list(name + 2, fitting, sizeof fitting) > 1)
		return fault_usage(p->fault, name,
		    "ambiguous, it begins %s; see --help", fitting);
	nearest = option_nearest(name + 2);
	if (nearest == NULL)
		return fault_usage(p->fault, name,
		    "no such option; see --help");
	return fault_usage(p->fault, name,
	    "no such option, the nearest is --%s; see --help", nearest);
}

/* getopt_long(3)'s tables.  `+` stops at the program's name. */
static void
make_tables(struct option *longs, char *shorts)
{
	*shorts++ = '+';
	*shorts++ = ':';
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		if (option_rows[i].id == 0)
			continue;
		longs->name = option_rows[i].name;
		longs->has_arg = option_rows[i].meta != NULL;
		longs->flag = NULL;
		longs++->val = option_rows[i].id;
		if (option_rows[i].letter == 0)
			continue;
		*shorts++ = (char)option_rows[i].letter;
		if (option_rows[i].meta != NULL)
			*shorts++ = ':';
	}
	memset(longs, 0, sizeof *longs);
	*shorts = '\0';
}

int
options_parse(int argc, char **argv, struct daemon_spec *spec,
    struct fault *fault)
{
	struct parsing p = { .spec = spec, .fault = fault,
	    .max = (size_t)argc };
	struct option longs[OPTION_ROWS + 1];
	char shorts[2 * OPTION_ROWS + 3];
	const char *why;
	int c, error;

	*spec = (struct daemon_spec){ .umask = 022, .log_mode = LOG_MODE };
	(void)parse_schedule(RETRY_DEFAULT, &spec->retry, &why);
	make_tables(longs, shorts);
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const char *arg = argv[optind - 1];

		if (c == '?')
			return unknown_option(&p, arg);
		if (c == ':')
			return misused(&p, optopt, "its value is missing");
		c = option_row(c)->id;
		if (c == OPT_HELP || c == OPT_VERSION) {
			spec->mode = c == OPT_HELP ? MODE_HELP : MODE_VERSION;
			return 0;
		}
		if ((error = set_option(&p, c, optarg)) != 0)
			return error;
	}
	spec->argv = argv + optind;
	return check_spec(&p);
}
