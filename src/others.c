/* SPDX-License-Identifier: ISC
 *
 * The descriptors that the caller has left open, and nobody has asked for.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "fds.h"
#include "others.h"
#include "sockets.h"

/* More than are open at once, but for those of conditions and sockets. */
#define OWN_MOST	40

static bool
any_about_us(const struct words *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		if (path_is_about_us(paths->word[i]))
			return true;
	return false;
}

/* A command for a check has all that the caller has open. */
static bool
wants_others(const struct daemon_spec *spec)
{
	for (size_t i = 0; i < spec->listen_count; i++)
		if (listen_is_path(&spec->listen[i]) && path_is_about_us(
		    spec->listen[i].address.un.sun_path))
			return true;
	return spec_awaits(spec, CONDITION_check) != NULL;
}

static bool
is_about_others(const struct daemon_spec *spec, const struct resolved *to)
{
	const char *paths[] = { to->chdir, to->chroot, to->pidfile,
	    to->lockfile, to->program, spec->argv[0], to->streams[0].path,
	    to->streams[1].path, to->streams[2].path };

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (path_is_about_us(paths[i]))
			return true;
	return any_about_us(&spec->ro) || any_about_us(&spec->rw) ||
	    wants_others(spec);
}

/* The descriptor that is asked for by number, the n-th of all; -1: none. */
static int
named(const struct daemon_spec *spec, const struct resolved *to, size_t n)
{
	if (n < 3)
		return to->streams[n].fd;
	n -= 3;
	if (n < to->keep_count)
		return to->keep_fds[n];
	n -= to->keep_count;
	if (n < spec->ready_count)
		return spec->ready[n].fd;
	/* A service manager's. */
	return SOCKETS_FIRST + (int)(n - spec->ready_count);
}

static size_t
named_count(const struct daemon_spec *spec, const struct resolved *to)
{
	return 3 + to->keep_count + spec->ready_count +
	    (size_t)to->env.listen_fds;
}

/* The least that is asked for by number, from `first` on; or OTHERS_FIRST. */
static int
next_named(const struct daemon_spec *spec, const struct resolved *to, int first)
{
	int next = OTHERS_FIRST;

	for (size_t i = 0; i < named_count(spec, to); i++) {
		int fd = named(spec, to, i);

		if (fd >= first && fd < next)
			next = fd;
	}
	return next;
}

static bool
any_named_beyond(const struct daemon_spec *spec, const struct resolved *to)
{
	for (size_t i = 0; i < named_count(spec, to); i++)
		if (named(spec, to, i) >= OTHERS_FIRST)
			return true;
	return false;
}

/* How many are free?  0 if the limit of descriptors is less than that. */
static size_t
count_free(void)
{
	struct pollfd p[OTHERS_FIRST];
	size_t count = 0;

	for (int i = 0; i < OTHERS_FIRST; i++)
		p[i] = (struct pollfd){ .fd = i };
	if (poll(p, OTHERS_FIRST, 0) == -1)
		return 0;
	for (int i = 0; i < OTHERS_FIRST; i++)
		count += (p[i].revents & POLLNVAL) != 0;
	return count;
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

bool
others_make_room(const struct daemon_spec *spec, const struct resolved *to)
{
	size_t needed = OWN_MOST + 2 * (spec->listen_count +
	    spec->ready_count);

	if (any_named_beyond(spec, to) || is_about_others(spec, to) ||
	    fds_leave(INT_MAX) != 0)
		return false;
	if (count_free() >= needed)
		return true;
	if (has_terminal())
		return false;
	for (int first = 3, next; first < OTHERS_FIRST; first = next + 1) {
		next = next_named(spec, to, first);
		if (next > first)
			fds_close(first, next - 1);
	}
	return count_free() >= needed;
}

static bool
is_named(const struct daemon_spec *spec, const struct resolved *to, int fd)
{
	for (size_t i = 0; i < named_count(spec, to); i++)
		if (named(spec, to, i) == fd)
			return true;
	return false;
}

static bool
is_connected(int fd)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof peer;

	return getpeername(fd, (struct sockaddr *)&peer, &size) == 0 ||
	    errno != ENOTCONN;
}

struct closing {
	const struct daemon_spec	*spec;
	const struct resolved		*to;
	struct statx			 lockfile;	/* no inode: none */
};

/* Where statx(2) works, without asking the file system, which may hang. */
static bool
is_lockfile(int fd, const struct statx *lockfile)
{
	struct statx st;

	return lockfile->stx_ino != 0 && get_statx(fd, "", AT_EMPTY_PATH |
	    AT_STATX_DONT_SYNC, STATX_INO, &st) == 0 &&
	    st.stx_ino == lockfile->stx_ino &&
	    st.stx_dev_major == lockfile->stx_dev_major &&
	    st.stx_dev_minor == lockfile->stx_dev_minor;
}

/* Could it hold the lock, or an address? */
static int
close_if_in_the_way(int fd, void *context)
{
	const struct closing *c = context;
	socklen_t size = sizeof(int);
	int type;

	if (is_named(c->spec, c->to, fd))
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 ?
	    !is_connected(fd) : is_lockfile(fd, &c->lockfile))
		close(fd);
	return 0;
}

void
others_close(const struct daemon_spec *spec, const struct resolved *to)
{
	struct closing c = { .spec = spec, .to = to };

	if (to->lockfile == NULL || get_statx(AT_FDCWD, to->lockfile,
	    AT_SYMLINK_NOFOLLOW, STATX_INO, &c.lockfile) == -1)
		c.lockfile.stx_ino = 0;
	(void)fds_visit(FDS_USUAL, close_if_in_the_way, &c);
}
