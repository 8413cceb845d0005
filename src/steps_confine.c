/* SPDX-License-Identifier: ISC
 *
 * The steps of the daemon that confine the program: the exceptions, a
 * rehearsal in a process that can be lost, and the confinement itself.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleaner.h"
#include "filter.h"
#include "landlock.h"
#include "paths.h"
#include "rehearse.h"
#include "steps_run.h"

/* So that ordinary programs start; what there is not is not needed. */
static const char *const always[] = { "/usr", "/bin", "/sbin", "/lib",
    "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache" };

/* Before anything is made that would have to be undone. */
int
step_landlock(struct launch *l)
{
	const struct confinement *c = &l->to->confinement;
	int needed = confinement_needs(c);
	int error = landlock_version(&l->landlock);

	if (error == 0 && l->landlock < needed)
		error = REASON_OLD_LANDLOCK;
	if (error != 0)
		fault_detail(&l->fault, "ABI %d is needed, found is %d",
		    needed, l->landlock);
	return error == 0 && c->ports ? filter_known() : error;
}

/* Not what was asked for is at fault, but the kernel. */
static int
blame_kernel(struct launch *l, int error)
{
	if (error != 0)
		l->fault.step = STEP_landlock;
	return error;
}

static int
allow_open(struct launch *l, int fd, int what)
{
	int error = landlock_allow_path(l->ruleset, l->landlock, fd, what);

	close(fd);
	return blame_kernel(l, error);
}

/*
 * By a walk that follows no link but root's or the caller's: what a confined
 * program could plant must not widen the confinement of the next.
 */
static int
open_trusted(const struct launch *l, const char *path, int *fd)
{
	return place_open(path, &l->to->account, l->to->confinement.caller, fd);
}

/* In a new root, a name may mean anything: what does not do is not there. */
static bool
is_none(int error)
{
	return error == ENOENT || error == EACCES || error == ENOTDIR ||
	    error == ELOOP || error == REASON_FOREIGN_LINK;
}

static int
allow_always(struct launch *l)
{
	int error = 0, fd;
	struct stat st;

	for (size_t i = 0; error == 0 &&
	    i < sizeof always / sizeof always[0]; i++) {
		error = open_trusted(l, always[i], &fd);
		if (error == 0)
			error = allow_open(l, fd, ALLOW_READ | ALLOW_EXECUTE);
		else
			error = is_none(error) ? 0 : blame_kernel(l, error);
	}
	if (error != 0 || open_trusted(l, "/dev/null", &fd) != 0)
		return error;
	if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	    st.st_rdev == makedev(1, 3))
		return allow_open(l, fd, ALLOW_READ | ALLOW_WRITE);
	close(fd);
	return 0;
}

static int
allow_grant(struct launch *l, struct grant *grant)
{
	int error, fd;

	step_object(l, grant->asked);
	error = open_trusted(l, grant->path, &fd);
	if (error != 0)
		return error;
	if (fstat(fd, &grant->st) == -1) {
		error = errno;
		close(fd);
		return blame_kernel(l, error);
	}
	return allow_open(l, fd, grant->what);
}

static int
allow_ports(struct launch *l)
{
	const struct confinement *c = &l->to->confinement;
	int error = 0;

	for (size_t i = 0; error == 0 && i < c->binds; i++)
		error = landlock_allow_port(l->ruleset, c->bind[i], true);
	for (size_t i = 0; error == 0 && i < c->connects; i++)
		error = landlock_allow_port(l->ruleset, c->connect[i], false);
	return blame_kernel(l, error);
}

int
step_allow(struct launch *l)
{
	const struct confinement *c = &l->to->confinement;
	int error = blame_kernel(l, landlock_create(l->landlock, c->files,
	    c->ports, &l->ruleset));

	if (error == 0 && c->files)
		error = allow_always(l);
	for (size_t i = 0; error == 0 && i < c->grants; i++)
		error = allow_grant(l, &c->grant[i]);
	return error == 0 ? allow_ports(l) : error;
}

int
step_own_cleaner(struct launch *l)
{
	return cleaner_start(l);
}

/* The file of our own descriptor, which may have no name any more. */
static int
open_descriptor(const char *path, int n, int *fd)
{
	struct stat a, b;

	*fd = open(path, O_PATH | O_CLOEXEC);
	if (*fd == -1 || fstat(*fd, &a) == -1 || fstat(n, &b) == -1)
		return errno;
	/* In a new root, the name may mean anything. */
	return same_file(&a, &b) ? 0 : REASON_FOREIGN_LINK;
}

static int
open_part(const struct launch *l, const char *path, int *fd)
{
	int error, n = descriptor_named(path);
	char *absolute;

	if (n != -1)
		return open_descriptor(path, n, fd);
	*fd = -1;
	/* An interpreter may be named from where we are. */
	if ((error = path_absolute(path, &absolute)) != 0)
		return error;
	error = open_trusted(l, absolute, fd);
	free(absolute);
	return error;
}

/*
 * By such a walk, too, though it is the daemon's user now: whoever is confined
 * has to make do, behind a link of that user, with what is allowed anyway.
 */
static int
allow_part(struct launch *l, const char *path)
{
	struct stat st;
	int fd, error = open_part(l, path, &fd);

	/* Nor is it a directory, which it has been exchanged for. */
	if (error == 0 && fstat(fd, &st) == -1)
		error = errno;
	else if (error == 0 && !S_ISREG(st.st_mode))
		error = EACCES;
	if (error != 0) {
		if (fd != -1)
			close(fd);
		if (error == REASON_FOREIGN_LINK)
			return 0;
		/* That is not the program's fault. */
		if (error != ENOMEM)
			l->fault.step = STEP_exec;
		return error;
	}
	error = landlock_allow_path(l->ruleset, l->landlock, fd,
	    ALLOW_READ | ALLOW_EXECUTE);
	close(fd);
	/* What is on no mount, as memfd_create(2) has it, is never denied. */
	return error == EBADFD ? 0 : blame_kernel(l, error);
}

/* The program and what the kernel opens with it, as the daemon's user. */
static int
allow_program(struct launch *l, const char *path,
    const struct program_parts *parts)
{
	int error = allow_part(l, path);

	for (int i = 0; error == 0 && i < parts->interpreters; i++)
		error = allow_part(l, parts->interpreter[i]);
	if (error == 0 && parts->loader[0] != '\0')
		error = allow_part(l, parts->loader);
	return error;
}

/* It is the program's user who must be able to get there. */
static int
check_grants(struct launch *l)
{
	const struct confinement *c = &l->to->confinement;
	int error = 0;

	for (size_t i = 0; error == 0 && i < c->grants; i++)
		if ((error = path_access(c->grant[i].path, F_OK)) != 0) {
			step_object(l, c->grant[i].asked);
			l->fault.step = STEP_allow;
		}
	return error;
}

int
step_rehearse(struct launch *l)
{
	char path[PROGRAM_PATH];
	struct program_parts parts;
	int error;

	if ((error = check_grants(l)) != 0)
		return error;
	step_object(l, l->spec->argv[0]);
	error = program_find(l->to, l->spec->argv[0], path);
	if (error == 0)
		error = program_take_apart(path, &parts, l->fault.detail);
	if (error != 0) {
		l->fault.step = STEP_exec;
		return error;
	}
	if (l->to->confinement.files &&
	    (error = allow_program(l, path, &parts)) != 0)
		return error;
	return rehearse(l, path, &parts);
}

int
step_confine(struct launch *l)
{
	return confinement_enforce(&l->to->confinement, l->ruleset);
}
