/* SPDX-License-Identifier: ISC
 *
 * What --listen means for descriptors, owners and the environment.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lookup.h"
#include "resolve.h"
#include "sockets.h"

#define PID_DIGITS	10

/* All that sd_listen_fds(3) looks at. */
static const char *const variables[] = { "LISTEN_FDS", "LISTEN_PID",
	"LISTEN_FDNAMES", "LISTEN_PIDFDID" };
#define VARIABLES	(sizeof variables / sizeof variables[0])

bool
sockets_use_fd(const struct daemon_spec *spec, int fd)
{
	return fd >= SOCKETS_FIRST &&
	    fd < SOCKETS_FIRST + (int)spec->listen_count;
}

static int
check_descriptors(const struct daemon_spec *spec, const struct resolved *to,
    struct fault *fault)
{
	for (size_t i = 0; i < to->keep_count; i++)
		if (sockets_use_fd(spec, to->keep_fds[i]))
			return fault_usage(fault, "--keep-fd", "--listen puts "
			    "a socket there: %d", to->keep_fds[i]);
	for (int i = 0; i <= 2; i++)
		if (to->streams[i].kind == SOURCE_FD &&
		    sockets_use_fd(spec, to->streams[i].fd))
			return fault_usage(fault, to->streams[i].asked,
			    "--listen puts a socket there");
	if (to->env.listen_fds > 0)
		return fault_usage(fault, "--listen", "the caller passes "
		    "sockets itself (LISTEN_FDS)");
	return 0;
}

static int
resolve_owners(const struct daemon_spec *spec, struct resolved *to,
    struct fault *fault)
{
	to->listen_owners = calloc(spec->listen_count,
	    sizeof *to->listen_owners);
	if (to->listen_owners == NULL)
		return fault_set(fault, STEP_command_line, ENOMEM, NULL);
	for (size_t i = 0; i < spec->listen_count; i++) {
		const struct listen *l = &spec->listen[i];
		struct owner *owner = &to->listen_owners[i];
		const struct passwd *entry;
		int error = 0;

		*owner = (struct owner){ to->account.uid, to->account.gid };
		if (l->user[0] != '\0')
			error = find_passwd(l->user, &owner->uid, &entry);
		if (error != 0)
			return fault_set(fault, STEP_user, error, l->user);
		if (l->group[0] != '\0')
			error = find_group(l->group, &owner->gid);
		if (error != 0)
			return fault_set(fault, STEP_group, error, l->group);
	}
	return 0;
}

/* Nobody else may say what only we know. */
static int
check_variables(const struct daemon_spec *spec, const struct resolved *to,
    struct fault *fault)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < VARIABLES; i++)
		error = environ_claim(spec, &to->env, variables[i], "--listen",
		    fault);
	return error;
}

/* All names, or no variable; sd_listen_fds(3) says "unknown" without one. */
static int
set_names(const struct daemon_spec *spec, struct environment *env)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool named = false, failed;

	if (out == NULL)
		return errno;
	failed = fputs("LISTEN_FDNAMES", out) == EOF;
	for (size_t i = 0; i < spec->listen_count; i++) {
		const char *name = spec->listen[i].name;

		named |= name[0] != '\0';
		failed |= fprintf(out, "%c%s", i == 0 ? '=' : ':',
		    name[0] != '\0' ? name : "unknown") < 0;
	}
	/* Without memory for it, there may be no text at all. */
	if (fclose(out) != 0 || failed || text == NULL)
		return ENOMEM;
	return named ? environ_set(env, text) : 0;
}

static int
set_variables(const struct daemon_spec *spec, struct resolved *to)
{
	char *count;

	for (size_t i = 0; i < VARIABLES; i++)
		environ_unset(&to->env, variables[i]);
	/* The number is written by the process that executes. */
	if (asprintf(&to->listen_pid, "LISTEN_PID=%0*d", PID_DIGITS, 0) == -1 ||
	    asprintf(&count, "LISTEN_FDS=%zu", spec->listen_count) == -1)
		return ENOMEM;
	to->env.listen_fds = (int)spec->listen_count;
	if (environ_set(&to->env, count) != 0 ||
	    environ_set(&to->env, to->listen_pid) != 0)
		return ENOMEM;
	return set_names(spec, &to->env);
}

int
resolve_sockets(const struct daemon_spec *spec, struct resolved *to,
    struct fault *fault)
{
	int error;

	if (spec->listen_count == 0)
		return 0;
	if ((error = check_descriptors(spec, to, fault)) != 0 ||
	    (error = check_variables(spec, to, fault)) != 0 ||
	    (error = resolve_owners(spec, to, fault)) != 0)
		return error;
	error = set_variables(spec, to);
	return error != 0 ? fault_set(fault, STEP_command_line, error, NULL) :
	    0;
}

void
sockets_set_pid(const struct resolved *to)
{
	if (to->listen_pid != NULL)
		snprintf(strchr(to->listen_pid, '=') + 1, PID_DIGITS + 1, "%d",
		    (int)getpid());
}
