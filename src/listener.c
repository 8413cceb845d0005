/* SPDX-License-Identifier: ISC
 *
 * Which process listens: what the kernel tells of sockets, in the daemon's
 * network namespace, is compared with the descriptors of each process.  All of
 * it is done aside: a daemon can have descriptors, processes and sockets
 * without end, and paths that hang.
 */
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aside.h"
#include "launch.h"
#include "listener.h"
#include "netproc.h"
#include "proc.h"
#include "ready.h"
#include "unixdiag.h"

/* Looking: for these sockets, at one process after the other. */
struct search {
	const struct listen_address	*address;
	int				 error;	/* of looking at its path */
	struct stat			 st;	/* of what is there */
	struct found {
		unsigned long long	 inode;
		bool			 elsewhere; /* to our root */
	}				*socket;	/* that listen there */
	size_t				 count;
	bool				 no_memory;	/* for all of them */
	pid_t				 thread;	/* whose tables */
	bool				 denied;
	pid_t				 owner;
};

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
	return stat(path, &b) == 0 && same_file(&a, &b);
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
add_socket(struct search *s, unsigned long long inode, bool elsewhere)
{
	struct found *more = reallocarray(s->socket, s->count + 1,
	    sizeof *more);

	s->no_memory = s->no_memory || more == NULL;
	if (more == NULL)
		return;
	s->socket = more;
	s->socket[s->count++] = (struct found){ inode, elsewhere };
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
	while (getline(&line, &room, file) > 0)
		if (listens(s, line, &inode))
			add_socket(s, inode, false);
	free(line);
	fclose(file);
}

static void
look_at_path(struct search *s)
{
	s->error = stat(s->address->path, &s->st) == -1 ? errno : 0;
}

/*
 * The file at the path is it, whatever it was called.  If another is there, or
 * none, whoever has our root has lost the name that it was bound by; in another
 * root, that name has to do.  So it has where there is no looking, and where a
 * file system shows another device than the kernel has.
 */
static void
take_listener(const struct unixdiag *socket, void *context)
{
	struct search *s = context;
	bool same = s->error == 0 && (uint32_t)s->st.st_ino == socket->file;

	if (socket->has_file && s->address->path[0] == '@')
		return;
	if (socket->has_file && same && s->st.st_dev == socket->device)
		add_socket(s, socket->inode, false);
	else if (is_path(s, socket->name))
		add_socket(s, socket->inode, socket->has_file && !same &&
		    (s->error == 0 || s->error == ENOENT ||
		    s->error == ENOTDIR));
}

/* The kernel tells a process of its own network's sockets: go there. */
static bool
is_in_network(pid_t thread)
{
	struct stat own, theirs;
	char path[40];
	bool entered;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/ns/net", (int)thread);
	if (stat("/proc/self/ns/net", &own) == -1 || stat(path, &theirs) == -1)
		return false;
	if (same_file(&own, &theirs))
		return true;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	entered = fd != -1 && setns(fd, CLONE_NEWNET) == 0;
	if (fd != -1)
		close(fd);
	return entered;
}

static bool
has_our_root(pid_t thread)
{
	char root[32], space[32], ours[64] = "", theirs[64] = "";
	struct stat a, b;

	snprintf(root, sizeof root, "/proc/%d/root", (int)thread);
	snprintf(space, sizeof space, "/proc/%d/ns/mnt", (int)thread);
	return stat("/", &a) == 0 && stat(root, &b) == 0 &&
	    same_file(&a, &b) &&
	    readlink("/proc/self/ns/mnt", ours, sizeof ours - 1) != -1 &&
	    readlink(space, theirs, sizeof theirs - 1) != -1 &&
	    strcmp(ours, theirs) == 0;
}

static bool
is_wanted(const struct search *s, const char *link, pid_t thread)
{
	unsigned long long inode;

	if (sscanf(link, "socket:[%llu]", &inode) != 1)
		return false;
	for (size_t i = 0; i < s->count; i++)
		if (s->socket[i].inode == inode)
			return !s->socket[i].elsewhere ||
			    !has_our_root(thread);
	return false;
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
		return true;
	}
	while (s->owner == 0 && (entry = readdir(dir)) != NULL) {
		n = readlinkat(dirfd(dir), entry->d_name, link,
		    sizeof link - 1);
		if (n == -1 && errno == EACCES)
			s->denied = true;
		if (n <= 0)
			continue;
		link[n] = '\0';
		if (is_wanted(s, link, thread))
			s->owner = pid;
	}
	closedir(dir);
	return s->owner == 0;
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
		return true;
	(void)setfsgid(st.st_gid);
	(void)setfsuid(st.st_uid);
	/* The kernel has forgotten it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	return look_at_process(pid, s);
}

static void
find_sockets(struct search *s)
{
	if (s->address->family != AF_UNIX) {
		read_table(s, "tcp");
		read_table(s, "tcp6");
		return;
	}
	look_at_path(s);
	if (!is_in_network(s->thread) ||
	    unixdiag_listeners(take_listener, s) != 0)
		read_table(s, "unix");
}

/*
 * Root without CAP_SYS_PTRACE may not look into another user's process, but
 * that user may: with his ids for files, which are those that count here
 * (ptrace(2)).
 */
static void
find_owner(struct launch *l, void *context)
{
	const struct family *f = &l->family;
	struct search *s = context;
	pid_t first = f->daemon;

	if (first == 0)
		(void)family_visit(f, first_process, &first);
	if (first == 0)
		return;
	s->thread = proc_living_thread(first);
	find_sockets(s);
	if (s->count > 0)
		(void)family_visit(f, look_at_process, s);
	if (s->owner == 0 && s->denied && geteuid() == 0) {
		s->denied = false;
		(void)family_visit(f, look_as_its_user, s);
	}
}

int
listener_of(struct launch *l, struct await *a, pid_t *owner)
{
	struct search s = { .address = &a->condition->address };
	int error = aside(l, find_owner, &s, sizeof s, ready_look_limit(l));
	bool seen = error == 0;

	/* Who is not found now may be next time. */
	a->unseen = error;
	*owner = seen ? s.owner : 0;
	a->hidden = seen && s.owner == 0 && s.denied;
	return seen && s.owner == 0 && s.no_memory ? ENOMEM : 0;
}
