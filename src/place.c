/* SPDX-License-Identifier: ISC
 *
 * What is done in the place that a path leads to, once it has been found.
 */
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"
#include "privs.h"
#include "report.h"

#define MOVED_MAX	100	/* nobody makes us spin for ever */

void
place_close(struct place *place)
{
	if (place->dir != -1)
		close(place->dir);
	place->dir = -1;
}

int
place_trusted(const struct place *place, uid_t uid)
{
	const struct writers *by = &place->writers;

	if (by->world || by->group || by->users)
		return REASON_LOOSE_DIR;
	if (by->user != NO_UID && (geteuid() != 0 || by->user != uid))
		return REASON_LOOSE_DIR;
	return 0;
}

bool
place_is_doubtful(const struct place *place, const struct stat *st, uid_t owner)
{
	const struct writers *by = &place->writers;

	return st->st_uid != owner &&
	    (by->user != NO_UID || by->sticky || by->moved);
}

int
judge_file(const struct stat *st, uid_t owner)
{
	if (!S_ISREG(st->st_mode))
		return S_ISLNK(st->st_mode) ? REASON_SYMLINK :
		    REASON_NOT_REGULAR;
	if (st->st_nlink > 1)
		return REASON_HARDLINK;
	return is_our_own(st->st_uid) || st->st_uid == owner ? 0 :
	    REASON_FOREIGN_FILE;
}

static int
judge_writers(int fd, const struct stat *st)
{
	return (st->st_mode & S_IWOTH) != 0 || group_can_write(fd, st) ?
	    REASON_LOOSE_FILE : 0;
}

/* REASON_MOVED: the name has come to mean another file meanwhile. */
static int
read_once(const struct place *place, const char *name, uid_t owner, int *fd)
{
	struct stat st;
	int error;

	/* Looking first keeps a device from being opened at all. */
	if (fstatat(place->dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno;
	if (S_ISLNK(st.st_mode))
		return REASON_SYMLINK;
	if (!S_ISREG(st.st_mode))
		return REASON_NOT_REGULAR;
	*fd = openat(place->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (*fd == -1)
		return errno == ELOOP ? REASON_SYMLINK : errno;
	error = fstat(*fd, &st) == -1 ? errno : st.st_nlink == 0 ?
	    REASON_MOVED : judge_file(&st, owner);
	if (error == 0)
		error = judge_writers(*fd, &st);
	if (error != 0) {
		close(*fd);
		*fd = -1;
	}
	return error;
}

int
place_read(const struct place *place, const char *name, uid_t owner, int *fd)
{
	int error = REASON_MOVED;

	for (int i = 0; error == REASON_MOVED && i < MOVED_MAX; i++)
		error = read_once(place, name, owner, fd);
	return error;
}

bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The directory is what the root is called from now on. */
static bool
is_root(int dir)
{
	struct stat a, b;

	return fstat(dir, &a) == 0 && stat("/", &b) == 0 && same_file(&a, &b);
}

int
place_make_root(const char *path, const struct account *account,
    struct place *place)
{
	int error = place_enter(-1, path, account, place);

	if (error == 0)
		error = place_trusted(place, account->uid);
	if (error == 0 && (fchdir(place->dir) == -1 || chroot(".") == -1))
		error = errno;
	return error != 0 || is_root(place->dir) ? error : REASON_NOT_TAKEN;
}

bool
place_unlink(const struct place *place, const char *name,
    const struct stat *ours)
{
	struct stat st;

	/* What is gone, or another's by now, is not ours to remove. */
	if (ours->st_ino == 0)
		return true;
	if (fstatat(place->dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT;
	if (!same_file(&st, ours))
		return true;
	return unlinkat(place->dir, name, 0) == 0 || errno == ENOENT;
}

int
path_absolute(const char *path, char **absolute)
{
	char *cwd = NULL;
	int error = 0;

	if (path[0] == '/') {
		*absolute = strdup(path);
		return *absolute != NULL ? 0 : errno;
	}
	cwd = getcwd(NULL, 0);
	if (cwd == NULL)
		return errno == ENOENT ? REASON_NO_CWD : errno;
	/* "(unreachable)": outside of our root. */
	if (cwd[0] != '/')
		error = REASON_NO_CWD;
	else if (asprintf(absolute, "%s/%s", cwd[1] == '\0' ? "" : cwd,
	    path) == -1)
		error = ENOMEM;
	free(cwd);
	return error;
}

/* Slashes that follow each other are one. */
static bool
begins_with(const char *path, const char *start)
{
	while (*start != '\0') {
		if (*path++ != *start)
			return false;
		if (*start++ == '/')
			path += strspn(path, "/");
	}
	return true;
}

bool
path_is_about_us(const char *path)
{
	return path != NULL && (begins_with(path, "/proc/") ||
	    begins_with(path, "/dev/fd/"));
}

int
access_at(int dir, const char *path, int how)
{
	if (faccessat(dir, path, how, AT_EACCESS) == 0)
		return 0;
	/* A filter does not know faccessat2(2); the ids are the same. */
	return errno == EPERM && syscall(SYS_faccessat, dir, path, how) == 0 ?
	    0 : errno;
}

int
path_access(const char *path, int how)
{
	return access_at(AT_FDCWD, path, how);
}

int
place_may(const struct place *place, const char *name, int how)
{
	int error = access_at(place->dir, name, how);

	return error == EACCES && privs_override_modes() ? 0 : error;
}
