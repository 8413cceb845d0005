/* SPDX-License-Identifier: ISC
 *
 * The program's name to a path, as far as that can be told before the daemon
 * is who it is going to be.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"
#include "program.h"
#include "resolve.h"

bool
next_candidate(const char **path, const char *name, char *candidate,
    size_t size)
{
	while (*path != NULL) {
		const char *dir = *path;
		int n = (int)strcspn(dir, ":");

		*path = dir[n] == ':' ? dir + n + 1 : NULL;
		/* Never relative to wherever we happen to be. */
		if (dir[0] == '/' && (size_t)snprintf(candidate, size,
		    "%.*s/%s", n, dir, name) < size)
			return true;
	}
	return false;
}

static int
search_path(const char *name, struct resolved *to, struct fault *fault)
{
	const char *path = environ_path(&to->env, &to->account);
	char candidate[4096];
	int error = ENOENT;

	while (next_candidate(&path, name, candidate, sizeof candidate)) {
		int e = program_kind(candidate);

		/* Another user may find another one: the daemon searches. */
		if (e == 0 && to->account.differs)
			return 0;
		/* Whose bits those are, and what a mount says. */
		if (e == 0)
			e = path_access(candidate, X_OK);
		if (e == EACCES)
			error = e;
		if (e != 0)
			continue;
		to->program = strdup(candidate);
		return to->program != NULL ? 0 : fault_set(fault,
		    STEP_program, ENOMEM, name);
	}
	if (error == EACCES)
		return to->account.differs ? 0 : fault_set(fault, STEP_exec,
		    error, name);
	fault_set(fault, STEP_program, REASON_NO_PROGRAM, name);
	path = environ_path(&to->env, &to->account);
	return fault_detail(fault, "PATH is %s", path[0] != '\0' ? path :
	    "empty");
}

int
resolve_program(const struct daemon_spec *spec, struct resolved *to,
    struct fault *fault)
{
	const char *name = spec->argv[0];
	int error;

	if (strchr(name, '/') == NULL)
		return spec->chroot != NULL ? 0 :
		    search_path(name, to, fault);
	if (spec->chroot != NULL && name[0] != '/')
		return fault_usage(fault, name,
		    "with --chroot it must be absolute, or found in PATH");
	if ((error = resolve_path(name, &to->program, fault)) != 0 ||
	    spec->chroot != NULL)
		return error;
	error = program_kind(to->program);
	/* Root may be locked out where the daemon's user is not. */
	if (error == EACCES && to->account.differs)
		return 0;
	if (error == ENOENT || error == ENOTDIR)
		return fault_set(fault, STEP_program, REASON_NO_PROGRAM, name);
	return error != 0 ? fault_set(fault, STEP_exec, error, name) : 0;
}
