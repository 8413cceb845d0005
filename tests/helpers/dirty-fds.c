/* SPDX-License-Identifier: ISC
 *
 * Dirt of descriptors, files and the terminal.  Nothing here is
 * close-on-exec: it is meant to leak.
 */
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dirty.h"

enum { SPARE = 64 };	/* descriptors that the program needs itself */

/* A fresh terminal; its master leaks too, or it would hang up at once. */
int
dirty_tty(const char *unused __attribute__((unused)))
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;

	if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1)
		return -1;
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (slave == -1)
		return -1;
	/* EPERM for a group leader: call it from a script, not a prompt. */
	if (getsid(0) != getpid() && setsid() == -1)
		return -1;
	return ioctl(slave, TIOCSCTTY, 0);
}

static int
open_pipe(void)
{
	int fds[2];

	if (pipe(fds) == -1)
		return -1;
	close(fds[0]);
	return fds[1];
}

static int
open_some(long i)
{
	switch (i % 4) {
	case 0:
		return open_pipe();
	case 1:
		return open("/etc/passwd", O_RDONLY);
	case 2:
		return open("/", O_RDONLY | O_DIRECTORY);
	default:
		return open("/dev/null", O_RDWR | O_APPEND | O_NONBLOCK);
	}
}

static int
need_descriptors(long n)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return -1;
	if (limit.rlim_cur >= (rlim_t)n)
		return 0;
	limit.rlim_cur = (rlim_t)n;
	if (limit.rlim_max < limit.rlim_cur) {
		errno = EMFILE;
		return -1;
	}
	return setrlimit(RLIMIT_NOFILE, &limit);
}

/* The first and every hundredth stand at the very end of what is allowed. */
int
dirty_fds(const char *number)
{
	long n = dirty_number(number, 1, 1 << 20);
	struct rlimit limit;
	int high;

	if (need_descriptors(n + SPARE) == -1 ||
	    getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return -1;
	high = (int)limit.rlim_cur - 1;
	for (long i = 0; i < n; i++) {
		int fd = open_some(i);

		if (fd == -1)
			return -1;
		if (i % 100 != 0 || fcntl(high, F_GETFD) != -1)
			continue;
		if (dup2(fd, high) == -1)
			return -1;
		close(fd);
		high -= 3;
	}
	return 0;
}

int
dirty_wronly_stdin(const char *unused __attribute__((unused)))
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	/* dup2 to itself would keep close-on-exec. */
	if (fd == STDIN_FILENO)
		return fcntl(fd, F_SETFD, 0);
	return fd == -1 || dup2(fd, STDIN_FILENO) == -1 ? -1 : close(fd);
}

/*
 * O_NONBLOCK belongs to the open file, which the test that runs us shares:
 * so each one is opened anew.
 */
int
dirty_nonblock(const char *unused __attribute__((unused)))
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		char path[32];
		int flags = fcntl(fd, F_GETFL), again;
		off_t at = lseek(fd, 0, SEEK_CUR);

		if (flags == -1)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		again = open(path, (flags & (O_ACCMODE | O_APPEND)) |
		    O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (again == -1 || dup2(again, fd) == -1)
			return -1;
		if (at > 0)
			lseek(fd, at, SEEK_SET);
		close(again);
	}
	return 0;
}

int
dirty_deadcwd(const char *unused __attribute__((unused)))
{
	char dir[] = "/tmp/dirty.XXXXXX";

	/* The umask may be dirty already. */
	if (mkdtemp(dir) == NULL || chmod(dir, 0700) == -1 ||
	    chdir(dir) == -1)
		return -1;
	return rmdir(dir);
}

int
dirty_noproc(const char *unused __attribute__((unused)))
{
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return -1;
	return mount("none", "/proc", "tmpfs", MS_RDONLY, NULL);
}

int
dirty_nofile(const char *number)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return -1;
	if (strcmp(number, "max") != 0)
		limit.rlim_cur = (rlim_t)dirty_number(number, 0, 0x7fffffff);
	else
		limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_max = limit.rlim_cur;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

int
dirty_closed(const char *list)
{
	char copy[256], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", list);
	for (char *p = strtok_r(copy, ",", &save); p != NULL;
	    p = strtok_r(NULL, ",", &save))
		close((int)dirty_number(p, 0, 1 << 20));
	return 0;
}
