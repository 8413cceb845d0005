/* SPDX-License-Identifier: ISC
 *
 * Which process listens: what the kernel tells of sockets, in the daemon's
 * network namespace, is compared with the descriptors of each process.
 */
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch.h"
#include "listener.h"
#include "netproc.h"
#include "parse.h"
#include "pidfd.h"
#include "proc.h"
#include "ready.h"
#include "signals.h"

#define LOOKS	256	/* between two looks at the clock */

/* Looking: for these sockets, at one process after the other. */
struct search {
	const struct launch		*launch;
	const struct listen_address	*address;
	unsigned long long		*socket;	/* that listen there */
	size_t				 count;
	bool				 no_memory;	/* for all of them */
	pid_t				 thread;	/* whose tables */
	bool				 denied;
	pid_t				 owner;
	unsigned int			 looks;
	bool				 over;		/* no time for more */
};

/*
 * A daemon can have descriptors, processes and sockets without end: it must not
 * keep us from the clock and from signals.
 */
static bool
goes_on(struct search *s)
{
	if (++s->looks % LOOKS == 0)
		s->over = s->over || !ready_may_look(s->launch);
	return !s->over;
}

/* The path as the daemon has bound it, or the same file by another. */
static bool
is_path(const struct search *s, const char *bound)
{
	const char *wanted = s->address->path;
	struct stat a, b;
	char path[512];

	if (strcmp(bound, wanted) == 0)
		return true;
	if (bound[0] == '@' || wanted[0] == '@' || stat(wanted, &a) == -1)
		return false;
	snprintf(path, sizeof path, "/proc/%d/%s/%s", (int)s->thread,
	    bound[0] == '/' ? "root" : "cwd", bound);
	return stat(path, &b) == 0 && a.st_dev == b.st_dev &&
	    a.st_ino == b.st_ino;
}

static bool
listens(const struct search *s, char *line, unsigned long long *inode)
{
	const char *path;

	line[strcspn(line, "\n")] = '\0';
	if (s->address->family != AF_UNIX)
		return netproc_tcp_listens(line, s->address, inode);
	return netproc_unix_listens(line, &path, inode) && is_path(s, path);
}

/* Anybody's: whoever has many there must not hide the daemon's. */
static void
add_socket(struct search *s, unsigned long long inode)
{
	unsigned long long *more = reallocarray(s->socket, s->count + 1,
	    sizeof *more);

	s->no_memory = s->no_memory || more == NULL;
	if (more == NULL)
		return;
	s->socket = more;
	s->socket[s->count++] = inode;
}

static void
read_table(struct search *s, const char *table)
{
	char path[40], *line = NULL;
	unsigned long long inode;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/net/%s", (int)s->thread, table);
	file = fopen(path, "re");
	if (file == NULL)
		return;
	while (goes_on(s) && getline(&line, &room, file) > 0)
		if (listens(s, line, &inode))
			add_socket(s, inode);
	free(line);
	fclose(file);
}

static bool
is_wanted(const struct search *s, const char *link)
{
	unsigned long long inode;

	if (sscanf(link, "socket:[%llu]", &inode) != 1)
		return false;
	for (size_t i = 0; i < s->count; i++)
		if (s->socket[i] == inode)
			return true;
	return false;
}

/* What the socket says itself. */
static bool
is_listener(const struct search *s, int fd)
{
	struct sockaddr_un un = { .sun_family = AF_UNSPEC };
	const size_t before = offsetof(struct sockaddr_un, sun_path);
	socklen_t length = sizeof un, size = sizeof(int);
	char path[sizeof un.sun_path + 1] = "";
	int listening = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) ==
	    -1 || listening == 0 ||
	    getsockname(fd, (struct sockaddr *)&un, &length) == -1 ||
	    un.sun_family != AF_UNIX)
		return false;
	/* A path without a NUL at its end is said to be longer. */
	length = length > sizeof un ? sizeof un : length;
	memcpy(path, un.sun_path, length - before);
	/* The table prints the NULs of an abstract name so. */
	for (size_t i = 0; un.sun_path[0] == '\0' && i < length - before; i++)
		if (path[i] == '\0')
			path[i] = '@';
	return is_path(s, path);
}

/*
 * A UNIX socket's name may hold a newline, so any user can make up a line of
 * the table.  Whoever may trace the process takes the socket and asks it.
 */
static bool
is_confirmed(const struct search *s, pid_t pid, pid_t thread,
    const char *name)
{
	int number, pidfd, fd = -1, error;
	struct sigaction before;
	bool confirmed;

	if (s->address->family != AF_UNIX || parse_fd(name, &number) != 0)
		return true;
	pidfd = thread == pid ? pidfd_open_of(pid) : pidfd_open_thread(thread);
	if (pidfd != -1)
		fd = pidfd_take_fd(pidfd, number);
	error = errno;
	confirmed = fd != -1 ? is_listener(s, fd) :
	    error == ENOSYS || error == EPERM || error == EINVAL;
	/* Ours may be the last of what its owner lets linger. */
	signals_tick(&before);
	if (fd != -1)
		close(fd);
	signals_tick_no_more(&before);
	if (pidfd != -1)
		close(pidfd);
	return confirmed;
}

/* Does this process hold one of them?  The first that is found is topmost. */
static bool
look_at_process(pid_t pid, void *context)
{
	struct search *s = context;
	const pid_t thread = proc_living_thread(pid);
	const struct dirent *entry;
	char path[32], link[64];
	DIR *dir;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)thread);
	dir = opendir(path);
	if (dir == NULL) {
		s->denied = s->denied || errno == EACCES || errno == EPERM;
		return goes_on(s);
	}
	while (s->owner == 0 && goes_on(s) && (entry = readdir(dir)) != NULL) {
		n = readlinkat(dirfd(dir), entry->d_name, link,
		    sizeof link - 1);
		if (n == -1 && errno == EACCES)
			s->denied = true;
		if (n <= 0)
			continue;
		link[n] = '\0';
		if (is_wanted(s, link) &&
		    is_confirmed(s, pid, thread, entry->d_name))
			s->owner = pid;
	}
	closedir(dir);
	return s->owner == 0 && !s->over;
}

static bool
first_process(pid_t pid, void *context)
{
	*(pid_t *)context = pid;
	return false;
}

static bool
look_as_its_user(pid_t pid, void *s)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d", (int)pid);
	if (stat(path, &st) == -1)
		return goes_on(s);
	(void)setfsgid(st.st_gid);
	(void)setfsuid(st.st_uid);
	return look_at_process(pid, s);
}

/*
 * Root without CAP_SYS_PTRACE may not look into another user's process, but
 * that user may: a child looks with his ids for files, which are those that
 * count here (ptrace(2)), and tells whom it has found.
 */
static void
look_as_users(struct search *s)
{
	struct pollfd p[2] = { { .events = POLLIN },
	    { .fd = s->launch->signals, .events = POLLIN } };
	pid_t child, owner = 0;
	int fd[2], status;

	if (geteuid() != 0 || pipe2(fd, O_CLOEXEC) == -1)
		return;
	child = fork();
	if (child == 0) {
		s->denied = false;
		(void)family_visit(&s->launch->ready->family,
		    look_as_its_user, s);
		(void)!write(fd[1], &s->owner, sizeof s->owner);
		_exit(s->denied ? 1 : 0);
	}
	close(fd[1]);
	/* It looks at the clock itself, but our signals are not its. */
	p[0].fd = fd[0];
	if (child != -1 && poll(p, 2, -1) > 0 && p[0].revents == 0)
		(void)kill(child, SIGKILL);
	if (child != -1 && read(fd[0], &owner, sizeof owner) == sizeof owner)
		s->owner = owner;
	close(fd[0]);
	if (child != -1 && waitpid(child, &status, 0) == child)
		s->denied = status != 0;
}

pid_t
listener_of(const struct launch *l, const struct listen_address *address,
    bool *hidden)
{
	const struct family *f = &l->ready->family;
	struct search s = { .launch = l, .address = address };
	pid_t first = f->daemon;

	if (first == 0)
		(void)family_visit(f, first_process, &first);
	*hidden = false;
	if (first == 0)
		return 0;
	s.thread = proc_living_thread(first);
	if (address->family == AF_UNIX) {
		read_table(&s, "unix");
	} else {
		read_table(&s, "tcp");
		read_table(&s, "tcp6");
	}
	/* Who is not found now may be next time. */
	if (s.count > 0 && !s.over)
		(void)family_visit(f, look_at_process, &s);
	if (s.owner == 0 && s.denied && !s.over)
		look_as_users(&s);
	*hidden = s.owner == 0 && s.denied;
	free(s.socket);
	return s.owner == 0 && s.no_memory ? -1 : s.owner;
}
