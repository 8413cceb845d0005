/* SPDX-License-Identifier: ISC
 *
 * Names to ids, relative paths to absolute ones, the program in PATH.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "caps.h"
#include "parse.h"
#include "paths.h"
#include "pidfile.h"
#include "privs.h"
#include "resolve.h"
#include "rundir.h"

extern char **environ;

static int
check_caller(const struct daemon_spec *spec, struct fault *fault)
{
	if (getpid() == 1 && !spec->foreground)
		return fault_set(fault, STEP_detach, REASON_INIT, NULL);
	return 0;
}

/* To fail now is better than after a fork. */
static int
check_caps(const struct daemon_spec *spec, struct fault *fault)
{
	char text[FAULT_OBJECT];
	uint64_t missing = 0;
	int error = spec->caps != 0 ? privs_missing(spec->caps, &missing) : 0;

	caps_format(missing, text, sizeof text);
	if (error == 0 && missing != 0)
		error = REASON_NOT_HELD;
	return error == 0 ? 0 : fault_set(fault, STEP_keep_caps, error, text);
}

/* Now, as long as no descriptor of our own could be taken for the caller's. */
static int
resolve_keep_fds(const struct daemon_spec *spec, struct resolved *to,
    struct fault *fault)
{
	size_t count = spec->keep_fds.count;

	if (count == 0)
		return 0;
	to->keep_fds = calloc(count, sizeof *to->keep_fds);
	if (to->keep_fds == NULL)
		return fault_set(fault, STEP_descriptor, ENOMEM, NULL);
	for (size_t i = 0; i < count; i++) {
		const char *word = spec->keep_fds.word[i];

		if (parse_fd(word, &to->keep_fds[i]) != 0 ||
		    fcntl(to->keep_fds[i], F_GETFD) == -1) {
			fault_set(fault, STEP_descriptor, REASON_MISUSE, word);
			return fault_detail(fault, "it is not open");
		}
		to->keep_count++;
	}
	return 0;
}

int
resolve_path(const char *path, const char **absolute, struct fault *fault)
{
	char *made = NULL;
	int error;

	if (path == NULL || path[0] == '/') {
		*absolute = path;
		return 0;
	}
	error = path_absolute(path, &made);
	*absolute = made;
	return error == 0 ? 0 : fault_set(fault, STEP_path, error, path);
}

/* Inside the new root, nothing is relative to the caller. */
int
resolve_inside(const struct daemon_spec *spec, const char *path,
    const char **absolute, struct fault *fault)
{
	char *made;

	if (spec->chroot == NULL || path[0] == '/')
		return resolve_path(path, absolute, fault);
	if (asprintf(&made, "/%s", path) == -1)
		return fault_set(fault, STEP_path, ENOMEM, path);
	*absolute = made;
	return 0;
}

int
descriptor_named(const char *path)
{
	static const struct {
		const char	*name;
		int		 fd;
	} names[] = { { "/dev/stdin", 0 }, { "/dev/stdout", 1 },
	    { "/dev/stderr", 2 } };
	static const char *const dirs[] = { "/dev/fd/", "/proc/self/fd/" };
	int fd;

	for (size_t i = 0; i < 3; i++)
		if (strcmp(path, names[i].name) == 0)
			return names[i].fd;
	for (size_t i = 0; i < 2; i++)
		if (strncmp(path, dirs[i], strlen(dirs[i])) == 0 &&
		    parse_fd(path + strlen(dirs[i]), &fd) == 0)
			return fd;
	return -1;
}

static int
resolve_source(const char *path, bool for_input, unsigned int closed,
    struct source *source, struct fault *fault)
{
	int flags, access;

	source->asked = path;
	source->fd = descriptor_named(path);
	if (source->fd == -1) {
		source->kind = SOURCE_FILE;
		return resolve_path(path, &source->path, fault);
	}
	source->kind = SOURCE_FD;
	flags = fcntl(source->fd, F_GETFL);
	access = flags & O_ACCMODE;
	if (flags == -1 || (source->fd < 3 && (closed >> source->fd & 1)) ||
	    (access != O_RDWR && access != (for_input ? O_RDONLY : O_WRONLY)))
		return fault_set(fault, for_input ? STEP_input : STEP_outputs,
		    EBADF, path);
	return 0;
}

static int
resolve_sources(const struct daemon_spec *spec, unsigned int closed,
    struct resolved *to, struct fault *fault)
{
	const char *asked[3] = { spec->input,
	    spec->log != NULL ? spec->log : spec->output,
	    spec->log != NULL ? spec->log : spec->error };
	int error;

	for (int i = 0; i < 3; i++) {
		struct source *source = &to->streams[i];

		source->kind = spec->foreground ? SOURCE_KEEP : SOURCE_NULL;
		source->fd = -1;
		if (asked[i] != NULL && (error = resolve_source(asked[i],
		    i == 0, closed, source, fault)) != 0)
			return error;
		if (source->kind == SOURCE_FD &&
		    spec_awaits_fd(spec, source->fd))
			return fault_usage(fault, asked[i],
			    "--ready takes this descriptor");
	}
	return 0;
}

static int
resolve_dirs(const struct daemon_spec *spec, struct resolved *to,
    struct fault *fault)
{
	int error = resolve_path(spec->chroot, &to->chroot, fault);

	return error != 0 ? error : resolve_inside(spec, spec->chdir != NULL ?
	    spec->chdir : "/", &to->chdir, fault);
}

static int
resolve_pidfile(const struct daemon_spec *spec, struct resolved *to,
    struct fault *fault)
{
	char *path = NULL;
	int error;

	to->called = spec->name != NULL ? spec->name : spec->pidfile;
	if (spec->name == NULL)
		return resolve_path(spec->pidfile, &to->pidfile, fault);
	error = rundir_pidfile(spec->name, &path);
	to->pidfile = path;
	return error != 0 ? fault_set(fault, STEP_path, error, spec->name) : 0;
}

/* Behind the last slash of an absolute path. */
static const char *
last_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static bool
find_directory(const char *path, struct stat *st)
{
	char directory[PATH_MAX];
	int n = snprintf(directory, sizeof directory, "%.*s",
	    (int)(last_name(path) - path), path);

	return n < PATH_MAX && stat(directory, st) == 0;
}

/* A name that the pidfile needs, however its directory, if any, is spelt? */
static bool
is_of_pidfile(const struct resolved *to, const char *path)
{
	size_t n = (size_t)(last_name(to->pidfile) - to->pidfile);
	struct stat a, b;

	if (path == NULL ||
	    !pidfile_needs_name(to->pidfile + n, last_name(path)))
		return false;
	return (n == (size_t)(last_name(path) - path) &&
	    strncmp(path, to->pidfile, n) == 0) ||
	    (find_directory(path, &a) && find_directory(to->pidfile, &b) &&
	    same_file(&a, &b));
}

/* The pidfile's names are its own; it is a lock in itself. */
static int
check_names(const struct daemon_spec *spec, struct resolved *to,
    struct fault *fault)
{
	if (to->pidfile == NULL)
		return 0;
	if (is_of_pidfile(to, to->lockfile)) {
		if (strcmp(last_name(to->pidfile),
		    last_name(to->lockfile)) != 0)
			return fault_set(fault, STEP_command_line,
			    REASON_NAME_TAKEN, spec->lockfile);
		to->lockfile = NULL;
	}
	for (int i = 0; i < 3; i++)
		if (is_of_pidfile(to, to->streams[i].path))
			return fault_set(fault, STEP_command_line,
			    REASON_NAME_TAKEN, to->streams[i].asked);
	for (size_t i = 0; i < spec->listen_count; i++)
		if (listen_is_path(&spec->listen[i]) && is_of_pidfile(to,
		    spec->listen[i].address.un.sun_path))
			return fault_set(fault, STEP_command_line,
			    REASON_NAME_TAKEN, spec->listen[i].asked);
	/* Ours would be taken for the program's. */
	for (size_t i = 0; i < spec->ready_count; i++)
		if (is_of_pidfile(to, to->awaited[i]))
			return fault_set(fault, STEP_command_line,
			    REASON_NAME_TAKEN, spec->ready[i].value);
	return 0;
}

int
resolve(const struct daemon_spec *spec, unsigned int closed,
    struct resolved *to, struct fault *fault)
{
	int error;

	*to = (struct resolved){ 0 };
	if ((error = check_caller(spec, fault)) != 0 ||
	    (error = resolve_keep_fds(spec, to, fault)) != 0 ||
	    (error = resolve_sources(spec, closed, to, fault)) != 0 ||
	    (error = account_resolve(spec, &to->account, fault)) != 0 ||
	    (error = check_caps(spec, fault)) != 0 ||
	    (error = resolve_dirs(spec, to, fault)) != 0 ||
	    (error = resolve_pidfile(spec, to, fault)) != 0 ||
	    (error = resolve_ready(spec, to, fault)) != 0 ||
	    (error = resolve_path(spec->lockfile, &to->lockfile, fault)) != 0 ||
	    (error = environ_build(spec, &to->account, environ, &to->env,
	    fault)) != 0 || (error = resolve_sockets(spec, to, fault)) != 0)
		return error;
	if ((error = check_names(spec, to, fault)) != 0 ||
	    (error = confinement_resolve(spec, &to->account,
	    &to->confinement, fault)) != 0 ||
	    (error = resolve_program(spec, to, fault)) != 0)
		return error;
	return spec->mode == MODE_RESTART ? foresee(spec, to, fault) : 0;
}
