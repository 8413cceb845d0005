/* SPDX-License-Identifier: ISC
 *
 * The descriptors that the caller has left open, and nobody has asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "fds.h"
#include "others.h"

/* May what this path leads to depend on the descriptors that we have? */
static bool
is_about_us(const char *path)
{
	return path != NULL && (strncmp(path, "/proc/", 6) == 0 ||
	    strncmp(path, "/dev/fd/", 8) == 0);
}

static bool
any_about_us(const struct words *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		if (is_about_us(paths->word[i]))
			return true;
	return false;
}

/* The least descriptor, from `first` on, that is asked for by number. */
static int
next_named(const struct resolved *to, int first)
{
	int next = -1;

	for (size_t i = 0; i < 3 + to->keep_count; i++) {
		int fd = i < 3 ? to->streams[i].fd : to->keep_fds[i - 3];

		if (fd >= first && (next == -1 || fd < next))
			next = fd;
	}
	return next;
}

/*
 * Would the end of a terminal, whose other side the caller had open, end us,
 * too?  Without one of our own, no.
 */
static bool
has_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return errno != ENXIO;
	close(fd);
	return true;
}

void
close_others(const struct daemon_spec *spec, const struct resolved *to)
{
	const char *paths[] = { to->chdir, to->chroot, to->pidfile,
	    to->lockfile, to->program, spec->argv[0], to->streams[0].path,
	    to->streams[1].path, to->streams[2].path };
	int first = 3, next;

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (is_about_us(paths[i]))
			return;
	if (any_about_us(&spec->ro) || any_about_us(&spec->rw) ||
	    has_terminal())
		return;
	while ((next = next_named(to, first)) != -1) {
		if (next > first)
			fds_close(first, next - 1);
		first = next + 1;
	}
	fds_close(first, -1);
}
