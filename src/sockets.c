/* SPDX-License-Identifier: ISC
 *
 * Binding what the daemon listens on.
 */
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "sockets.h"

int
socket_find(const struct listen *l, const struct account *account,
    struct bound *b)
{
	int error = place_find(-1, l->address.un.sun_path, account, &b->place);

	return error != 0 ? error : place_trusted(&b->place, 0);
}

/*
 * Has no socket this name?  A datagram socket that connects to it is told so,
 * but is nobody's client: to one that listens it is of the wrong type.
 */
static int
check_dead(const struct listen *l)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd == -1)
		return errno;
	error = connect(fd, &l->address.any, l->length) == -1 ? errno : 0;
	close(fd);
	switch (error) {
	case ECONNREFUSED:
		return 0;
	case 0:
	case EPERM:		/* it is connected to another */
	case EPROTOTYPE:
		return EADDRINUSE;
	}
	return error;
}

/*
 * To ask takes the right to write to it, which root may lack.  Its owner is
 * asked for, in a child: sock_diag(7) does not know of other networks' sockets.
 */
static int
check_as_owner(const struct listen *l, const struct stat *st)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)setfsuid(st->st_uid);
		_exit(check_dead(l));
	}
	while (pid != -1 && waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return errno;
	if (pid == -1)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EACCES;
}

/* Remove a socket that nobody has any more; whatever else is there stays. */
static int
clear_stale(const struct listen *l, const struct account *account,
    const struct owner *owner, const struct place *place)
{
	struct stat st;
	int error;

	if (fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : errno;
	if (S_ISLNK(st.st_mode))
		return REASON_SYMLINK;
	if (!S_ISSOCK(st.st_mode))
		return REASON_NOT_SOCKET;
	/* Elsewhere nobody but root and ourselves can have put it there. */
	if (place->writers.sticky && !is_our_own(st.st_uid) &&
	    st.st_uid != account->uid && st.st_uid != owner->uid)
		return REASON_FOREIGN_FILE;
	error = check_dead(l);
	if (error == EACCES && st.st_uid != geteuid())
		error = check_as_owner(l, &st);
	if (error != 0)
		return error;
	return unlinkat(place->dir, place->name, 0) == -1 ? errno : 0;
}

/* No descriptor leads to it, but in this place nobody can change the name. */
static int
give_away(const struct listen *l, const struct owner *owner, struct bound *b)
{
	const struct place *place = &b->place;
	struct stat st;

	if (fstatat(place->dir, place->name, &b->st, AT_SYMLINK_NOFOLLOW) ==
	    -1) {
		int error = errno;

		/* Unknown, it could not be undone. */
		(void)unlinkat(place->dir, place->name, 0);
		return error;
	}
	if (!S_ISSOCK(b->st.st_mode))
		return REASON_NOT_TAKEN;
	b->created = true;
	/* A default ACL narrows it.  Its new owner could put a link there. */
	if ((b->st.st_mode & 07777) != l->mode &&
	    fchmodat(place->dir, place->name, l->mode, 0) == -1)
		return errno;
	if ((b->st.st_uid != owner->uid || b->st.st_gid != owner->gid) &&
	    fchownat(place->dir, place->name, owner->uid, owner->gid,
	    AT_SYMLINK_NOFOLLOW) == -1)
		return errno;
	if (fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno;
	return st.st_ino == b->st.st_ino && st.st_uid == owner->uid &&
	    st.st_gid == owner->gid && (st.st_mode & 07777) == l->mode ? 0 :
	    REASON_NOT_TAKEN;
}

/* The umask gives it its mode from the beginning: chmod(2) would come late. */
static int
bind_path(int fd, const struct listen *l, const struct account *account,
    const struct owner *owner, struct bound *b)
{
	int error = clear_stale(l, account, owner, &b->place);
	mode_t saved;

	if (error != 0)
		return error;
	saved = umask(0777 & ~l->mode);
	error = bind(fd, &l->address.any, l->length) == -1 ? errno : 0;
	umask(saved);
	return error != 0 ? error : give_away(l, owner, b);
}

/*
 * With UDP, SO_REUSEADDR would let two have one port; with TCP it only means
 * that connections of a daemon that is gone are not in the way.
 */
static bool
is_tcp(const struct listen *l)
{
	return l->type == SOCK_STREAM && l->address.any.sa_family != AF_UNIX;
}

static int
bind_port(int fd, const struct listen *l, const union address *address,
    socklen_t length)
{
	const int on = 1, only = !l->everywhere;

	if (is_tcp(l) && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof on) == -1)
		return errno;
	if (address->any.sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &only, sizeof only) == -1)
		return errno;
	return bind(fd, &address->any, length) == -1 ? errno : 0;
}

static bool
is_set(int fd, int level, int option, int wanted)
{
	int value = -1;
	socklen_t size = sizeof value;

	return getsockopt(fd, level, option, &value, &size) == 0 &&
	    value == wanted;
}

/* The descriptor that the daemon will have is what was asked for. */
static bool
is_taken(int fd, const struct listen *l, const union address *asked,
    socklen_t length)
{
	union address address = { .any.sa_family = AF_UNSPEC };
	socklen_t size = sizeof address;

	if (getsockname(fd, &address.any, &size) == -1 || size != length ||
	    memcmp(&address, asked, length) != 0)
		return false;
	if (asked->any.sa_family == AF_INET6 &&
	    !is_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, !l->everywhere))
		return false;
	return is_set(fd, SOL_SOCKET, SO_TYPE, l->type) &&
	    is_set(fd, SOL_SOCKET, SO_REUSEADDR, is_tcp(l)) &&
	    is_set(fd, SOL_SOCKET, SO_ACCEPTCONN, l->type == SOCK_STREAM);
}

/* A socket; where there is no IPv6, everywhere means IPv4 alone. */
static int
make_socket(const struct listen *l, union address *address, socklen_t *length)
{
	int fd;

	*address = l->address;
	*length = l->length;
	fd = socket(address->any.sa_family, l->type | SOCK_CLOEXEC, 0);
	if (fd != -1 || errno != EAFNOSUPPORT || !l->everywhere)
		return fd;
	*address = (union address){ .in = { .sin_family = AF_INET,
	    .sin_port = l->address.in6.sin6_port,
	    .sin_addr.s_addr = htonl(INADDR_ANY) } };
	*length = sizeof address->in;
	return socket(AF_INET, l->type | SOCK_CLOEXEC, 0);
}

int
socket_open(const struct listen *l, const struct account *account,
    const struct owner *owner, struct bound *b, int slot)
{
	union address address;
	socklen_t length;
	int fd = make_socket(l, &address, &length), error = 0;

	if (fd == -1)
		return errno;
	if (listen_is_path(l))
		error = bind_path(fd, l, account, owner, b);
	else
		error = bind_port(fd, l, &address, length);
	/* As many as wait: the kernel has a limit of its own. */
	if (error == 0 && l->type == SOCK_STREAM && listen(fd, INT_MAX) == -1)
		error = errno;
	if (error == 0 && dup3(fd, slot, O_CLOEXEC) == -1)
		error = errno;
	close(fd);
	if (error == 0 && !is_taken(slot, l, &address, length))
		error = REASON_NOT_TAKEN;
	return error;
}

void
socket_undo(const struct bound *b)
{
	if (b->created)
		(void)place_unlink(&b->place, b->place.name, &b->st);
}
