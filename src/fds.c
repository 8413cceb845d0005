/* SPDX-License-Identifier: ISC
 *
 * Descriptors: which ones the daemon has, and that it has no others.
 */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "fds.h"
#include "parse.h"
#include "report.h"

/* Older headers lack these; the number is the same everywhere. */
#ifndef SYS_close_range
#define SYS_close_range	436
#endif
#define RANGE_UNSHARE	(1U << 1)
#define RANGE_CLOEXEC	(1U << 2)

/*
 * Where neither close_range(2) nor /proc is there, look this far: the
 * kernel's default for fs.nr_open.  The limit may have been lowered since.
 */
#define BOUND		1048576

/* Somebody may have put another thing in its place. */
static int
check_null(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return errno;
	return S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) ? 0 :
	    REASON_NOT_NULL;
}

int
fds_occupy(unsigned int *closed)
{
	int fd, error;

	*closed = 0;
	for (int i = 0; i <= 2; i++) {
		if (fcntl(i, F_GETFD) != -1)
			continue;
		*closed |= 1U << i;
		/* The lowest free number: this one. */
		fd = open("/dev/null", O_RDWR | O_NOCTTY);
		if (fd == -1)
			return errno;
		if ((error = check_null(fd)) != 0)
			return error;
	}
	return 0;
}

void
fds_close(int first, int last)
{
	(void)syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0);
}

static void
close_all(int first, int last)
{
	if (last < first || syscall(SYS_close_range, (unsigned)first,
	    (unsigned)last, 0) == 0)
		return;
	for (int fd = first; fd <= last && fd < FDS_USUAL; fd++)
		close(fd);
}

void
fds_close_but(int one, int other)
{
	int least = one < other ? one : other, most = one < other ? other : one;

	close_all(0, least - 1);
	close_all(least + 1, most - 1);
	close_all(most + 1, INT_MAX);
}

int
fds_leave(int first)
{
	return syscall(SYS_close_range, (unsigned)first, UINT_MAX,
	    RANGE_UNSHARE) == -1 ? errno : 0;
}

static int
mark(int fd, void *unused)
{
	int flags = fcntl(fd, F_GETFD);

	(void)unused;
	if (flags == -1 || (flags & FD_CLOEXEC) != 0)
		return 0;
	return fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == -1 ? errno : 0;
}

static int
visit_listed(DIR *dir, int (*visitor)(int, void *), void *context)
{
	const struct dirent *entry;
	int error = 0, fd;

	for (errno = 0; error == 0 && (entry = readdir(dir)) != NULL;
	    errno = 0)
		if (parse_fd(entry->d_name, &fd) == 0 && fd >= 3 &&
		    fd != dirfd(dir))
			error = visitor(fd, context);
	return error != 0 ? error : errno;
}

int
fds_visit(int bound, int (*visitor)(int, void *), void *context)
{
	DIR *dir = opendir("/proc/self/fd");
	int error = 0;

	for (int fd = 3; dir == NULL && error == 0 && fd < bound; fd++)
		error = visitor(fd, context);
	if (dir == NULL)
		return error;
	error = visit_listed(dir, visitor, context);
	closedir(dir);
	return error;
}

int
fds_mark_all(void)
{
	return syscall(SYS_close_range, 3U, UINT_MAX, RANGE_CLOEXEC) == 0 ? 0 :
	    fds_visit(BOUND, mark, NULL);
}

int
fds_check_room(int count)
{
	int fd, error;

	if (count == 0)
		return 0;
	fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd == -1)
		return errno;
	error = fds_check_room(count - 1);
	close(fd);
	return error;
}

int
fds_pass(int fd)
{
	return fcntl(fd, F_SETFD, 0) == -1 ? errno : 0;
}

int
fds_reopen(int fd, int flags)
{
	char path[40];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, flags | O_CLOEXEC);
}

int
fds_open_null(int *fd)
{
	int error;

	*fd = open("/dev/null", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*fd == -1)
		return errno;
	if ((error = check_null(*fd)) == 0)
		return 0;
	close(*fd);
	*fd = -1;
	return error;
}
