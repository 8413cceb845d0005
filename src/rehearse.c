/* SPDX-License-Identifier: ISC
 *
 * The rehearsal.  A dynamic program is shown to its own loader, as ldd(1)
 * does: it maps all libraries and lists them.  It may be any program, and so
 * may what it loads to audit itself: nothing of it runs unconfined.
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "fds.h"
#include "filter.h"
#include "paths.h"
#include "rehearse.h"
#include "status.h"
#include "steps_run.h"

/* A child that rehearses, and what comes from it. */
struct rehearsal {
	const char	*path;
	const struct program_parts *parts;
	int		 faults[2];	/* as on the status pipe */
	int		 output[2];	/* the loader's */
	pid_t		 daemon;	/* whose child it is */
	pid_t		 child;
	char		 complaint[FAULT_DETAIL];	/* the loader's first */
	char		 certain[FAULT_DETAIL];	/* whatever its status is */
};

/* The binary at the end of a row of scripts. */
static const char *
binary(const struct rehearsal *r)
{
	const struct program_parts *parts = r->parts;

	return parts->interpreters > 0 ?
	    parts->interpreter[parts->interpreters - 1] : r->path;
}

/* What is named by a descriptor is not there without. */
static int
pass_binary(const struct rehearsal *r)
{
	int fd = descriptor_named(binary(r));

	return fd > STDERR_FILENO ? fds_pass(fd) : 0;
}

/*
 * By $ORIGIN, libraries are looked for where the program is: to the kernel that
 * is its file, behind all links, and to a loader the path that it is given.
 */
static void
resolve_binary(const struct rehearsal *r, char path[PROGRAM_PATH])
{
	struct stat named, found;

	if (realpath(binary(r), path) == NULL ||
	    stat(binary(r), &named) == -1 || stat(path, &found) == -1 ||
	    !same_file(&named, &found))
		strlcpy(path, binary(r), PROGRAM_PATH);
}

static int
load(struct launch *l, const struct rehearsal *r)
{
	char option[] = "--list", loader[PROGRAM_PATH], path[PROGRAM_PATH];
	char *argv[] = { loader, option, path, NULL };

	strlcpy(loader, r->parts->loader, sizeof loader);
	resolve_binary(r, path);
	if (dup2(r->output[1], STDOUT_FILENO) == -1 ||
	    dup2(r->output[1], STDERR_FILENO) == -1)
		return errno;
	execve(loader, argv, l->to->env.vars);
	l->fault.step = STEP_exec;
	fault_detail(&l->fault, "%s", loader);
	return errno;
}

/* As the program will be; and alone, on a kernel that has such filters. */
static int
confine(struct launch *l)
{
	int error = confinement_enforce(&l->to->confinement, l->ruleset);

	if (error != 0)
		return fault_set(&l->fault, STEP_confine, error, NULL);
	error = filter_processes();
	if (error == 0 || error == REASON_NO_FILTER || error == ENOSYS ||
	    error == EINVAL)
		return 0;
	fault_set(&l->fault, STEP_confine, error, NULL);
	return fault_detail(&l->fault, "seccomp, for the rehearsal");
}

static int
play(struct launch *l, const struct rehearsal *r)
{
	int error;

	/* Whoever ends the daemon or its process group ends this, too. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		return errno;
	/* Or has done so already. */
	if (getppid() != r->daemon)
		return getppid() == 0 ? REASON_OTHER_PIDS : ESRCH;
	/* No port, no lock, and nothing that readiness is told by. */
	if ((error = fds_mark_all()) != 0 || (error = pass_binary(r)) != 0)
		return error;
	if ((error = confine(l)) != 0)
		return error;
	error = program_allowed(r->path, l->spec->argv, l->to->env.vars);
	if (error != 0) {
		l->fault.step = STEP_exec;
		return error;
	}
	return r->parts->loader[0] != '\0' ? load(l, r) : 0;
}

static void __attribute__((noreturn))
be_child(struct launch *l, const struct rehearsal *r)
{
	l->fault.error = play(l, r);
	if (l->fault.error != 0)
		(void)status_send_fault(r->faults[1], &l->fault);
	_exit(0);
}

static void
keep(char complaint[FAULT_DETAIL], const char *line)
{
	if (complaint[0] == '\0')
		strlcpy(complaint, line, FAULT_DETAIL);
}

/*
 * Does it complain?  Not a line of the list, which has an address at its end
 * and may have any name before.
 */
static void
hear_line(struct rehearsal *r, const char *line)
{
	line += strspn(line, " \t");
	if (strstr(line, " (0x") != NULL)
		return;
	if (strstr(line, "not found") != NULL || strstr(line, "rror") != NULL)
		keep(r->complaint, line);
	if (strstr(line, "=> not found") != NULL ||
	    (strstr(line, "' not found (required by ") != NULL &&
	    strstr(line, ": weak version `") == NULL))
		keep(r->certain, line);
}

static int
hear_loader(struct rehearsal *r)
{
	char line[3 * PROGRAM_PATH], text[1024];
	size_t length = 0;
	ssize_t n;

	while ((n = read(r->output[0], text, sizeof text)) != 0) {
		if (n == -1 && errno != EINTR)
			return errno;
		for (ssize_t i = 0; i < n; i++) {
			line[length] = text[i];
			if (text[i] != '\n' && ++length < sizeof line - 1)
				continue;
			line[length] = '\0';
			hear_line(r, line);
			length = 0;
		}
	}
	return 0;
}

/*
 * 0, REASON_NOT_LOADED, or why that is not known.  A loader that does not
 * complain has nothing to tell, however it ends: it may know no such option.
 * One that ends well may only have warned.
 */
static int
watch(struct launch *l, struct rehearsal *r)
{
	struct message message;
	int status, error, n;

	n = status_receive(r->faults[0], &message, &l->fault);
	error = n == 0 ? hear_loader(r) : n == 1 ? l->fault.error : errno;
	while (waitpid(r->child, &status, 0) == -1)
		if (errno != EINTR)
			return errno;
	if (status != 0)
		keep(r->certain, r->complaint);
	return error == 0 && r->certain[0] != '\0' ? REASON_NOT_LOADED :
	    error;
}

static int
perform(struct launch *l, struct rehearsal *r)
{
	int error = status_open(&r->faults[0], &r->faults[1]);

	if (error != 0)
		return error;
	if (pipe2(r->output, O_CLOEXEC) == -1) {
		error = errno;
		close(r->faults[0]);
		close(r->faults[1]);
		return error;
	}
	r->child = fork();
	if (r->child == 0)
		be_child(l, r);
	error = r->child == -1 ? errno : 0;
	close(r->faults[1]);
	close(r->output[1]);
	if (error == 0)
		error = watch(l, r);
	close(r->faults[0]);
	close(r->output[0]);
	return error;
}

int
rehearse(struct launch *l, const char *path, const struct program_parts *parts)
{
	struct rehearsal r = { .path = path, .parts = parts,
	    .daemon = getpid() };
	int error = perform(l, &r);

	if (error != REASON_NOT_LOADED)
		return error;
	l->fault.step = STEP_exec;
	step_object(l, l->spec->argv[0]);
	fault_detail(&l->fault, "%s", r.certain);
	return error;
}
