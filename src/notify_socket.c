/* SPDX-License-Identifier: ISC
 *
 * Where the socket of NOTIFY_SOCKET is bound.
 */
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch.h"
#include "notify_socket.h"
#include "report.h"

static int
bind_to(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	socklen_t length;

	if (n >= sizeof address.sun_path)
		return ENAMETOOLONG;
	memcpy(address.sun_path, path, n);
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	/* An abstract name is as long as it is said to be. */
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	else
		length++;
	return bind(fd, (const struct sockaddr *)&address, length) == -1 ?
	    errno : 0;
}

/* A new one each time: what is bound cannot be bound elsewhere. */
static int
open_at(const char *path, int *fd)
{
	const int yes = 1;
	int error;

	*fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd == -1)
		return errno;
	error = setsockopt(*fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) ==
	    -1 ? errno : bind_to(*fd, path);
	if (error == 0)
		return 0;
	close(*fd);
	*fd = -1;
	return error;
}

/* Could nobody but root and ourselves give our directory another name? */
static bool
is_safe(const char *parent)
{
	struct stat st;

	return stat(parent, &st) == 0 && is_our_own(st.st_uid) &&
	    ((st.st_mode & 022) == 0 || (st.st_mode & S_ISVTX) != 0);
}

#define RANDOM_NAME	33	/* characters, with the NUL */

static int
make_name(char name[RANDOM_NAME])
{
	unsigned long long random[2];

	if (getrandom(random, sizeof random, 0) != sizeof random)
		return errno;
	snprintf(name, RANDOM_NAME, "%016llx%016llx", random[0], random[1]);
	return 0;
}

/*
 * Whoever is told the name may send, since not his rights count but whose
 * descendant he is; nobody else is to find it.  The kernel shows everybody the
 * one by which it was bound, so that has to be another.
 */
static int
open_secretly(struct notify_socket *s, int *fd)
{
	char bound[sizeof s->directory + sizeof "/socket"], name[RANDOM_NAME];
	mode_t mask;
	int error;

	if ((error = make_name(name)) != 0)
		return error;
	snprintf(bound, sizeof bound, "%s/socket", s->directory);
	snprintf(s->path, sizeof s->path, "%s/%s", s->directory, name);
	mask = umask(0111);
	error = open_at(bound, fd);
	(void)umask(mask);
	if (error == 0 && (rename(bound, s->path) == -1 ||
	    chmod(s->directory, 0711) == -1)) {
		error = errno;
		(void)unlink(bound);
		(void)unlink(s->path);
		close(*fd);
		*fd = -1;
	}
	return error;
}

/*
 * A directory of our own, which nobody else can change, or read, and which the
 * daemon's user can pass in the end.
 */
static int
open_in(const char *parent, struct notify_socket *s, int *fd)
{
	int error;

	if (!is_safe(parent))
		return REASON_LOOSE_DIR;
	errno = ENAMETOOLONG;
	if (snprintf(s->directory, sizeof s->directory,
	    "%s/daemonize.XXXXXX", parent) >= (int)sizeof s->directory ||
	    mkdtemp(s->directory) == NULL) {
		error = errno;
		s->directory[0] = '\0';
		return error;
	}
	if ((error = open_secretly(s, fd)) == 0)
		return 0;
	(void)rmdir(s->directory);
	s->directory[0] = '\0';
	return error;
}

static int
open_abstract(struct notify_socket *s, int *fd)
{
	char name[RANDOM_NAME];
	int error = make_name(name);

	if (error != 0)
		return error;
	snprintf(s->path, sizeof s->path, "@daemonize/%s", name);
	return open_at(s->path, fd);
}

/* Some clients get abstract names wrong; a new root leaves no choice. */
int
notify_open(const struct launch *l, struct notify_socket *s, int *fd)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (l->to->chroot != NULL)
		return open_abstract(s, fd);
	if (geteuid() == 0)
		runtime = RUNSTATEDIR;
	else if (l->to->account.uid != geteuid())
		runtime = NULL;		/* it is for its owner alone */
	if (runtime != NULL && runtime[0] == '/' &&
	    open_in(runtime, s, fd) == 0)
		return 0;
	if (open_in("/tmp", s, fd) == 0)
		return 0;
	return open_abstract(s, fd);
}

void
notify_remove(const struct notify_socket *s)
{
	if (s->directory[0] == '\0')
		return;
	(void)unlink(s->path);
	(void)rmdir(s->directory);
}
