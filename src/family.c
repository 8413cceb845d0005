/* SPDX-License-Identifier: ISC
 *
 * Finding a daemon's descendants: /proc/PID/task/TID/children where the kernel
 * has it, else by everybody's parent.
 */
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "family.h"
#include "parse.h"
#include "proc.h"

#define DEPTH_MAX	10000	/* nobody makes us climb for ever */

/* A visit under way: a visitor, and whether it wants to go on. */
struct visit {
	const struct family	*family;
	bool			(*visitor)(pid_t, void *);
	void			*context;
	bool			 stopped;
	bool			 met_daemon;
	long			 dead;		/* the sum of their numbers */
	int			 error;		/* somebody may be missing */
};

static void	visit(struct visit *, pid_t, int depth);

bool
family_is_alone(void)
{
	siginfo_t info;
	int options = WEXITED | WNOHANG | WNOWAIT;
	int r = waitid(P_ALL, 0, &info, options | __WALL);

	/* Since Linux 4.7: those, too, whose end is not told by SIGCHLD. */
	if (r == -1 && errno == EINVAL)
		r = waitid(P_ALL, 0, &info, options);
	return r == -1 && errno == ECHILD;
}

bool
family_is_helper(const struct family *f, pid_t pid)
{
	pid_t group = getpgid(pid);

	/* It may have left its group. */
	if (pid == f->check)
		return true;
	for (int i = 0; i < FAMILY_HELPERS; i++)
		if (f->helper[i].pid == pid ||
		    (group > 0 && f->helper[i].pid == -group))
			return true;
	return false;
}

/* Is a child of ours, which is not the daemon, one of the family? */
static bool
is_orphan(const struct family *f, pid_t child)
{
	if (family_is_helper(f, child))
		return false;
	return f->alone || getsid(child) == f->session;
}

/*
 * Without /proc: a child of ours, or whoever is in the daemon's session, whose
 * leader is gone, so that nobody but descendants can be in it.
 */
static bool
is_known(const struct family *f, pid_t pid)
{
	siginfo_t info;

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		return is_orphan(f, pid);
	return f->session > 0 && getsid(pid) == f->session;
}

bool
family_has(const struct family *f, pid_t pid)
{
	struct proc_stat stat;

	if (!proc_is_ours())
		return pid == f->daemon || is_known(f, pid);
	for (int i = 0; i < DEPTH_MAX && pid > 1; i++) {
		if (pid == f->daemon)
			return true;
		if (proc_read_stat(pid, &stat) == -1)
			return false;
		if (stat.parent == f->front)
			return is_orphan(f, pid);
		pid = stat.parent;
	}
	return false;
}

/* Whoever has gone meanwhile is not missing. */
static void
miss(struct visit *v, int error)
{
	if (error != 0 && error != ESRCH && v->error == 0)
		v->error = error;
}

/* The next entry, or NULL; and then, not at the end, somebody is missing. */
static const struct dirent *
read_entry(struct visit *v, DIR *dir)
{
	const struct dirent *entry;

	errno = 0;
	entry = readdir(dir);
	if (entry == NULL)
		miss(v, errno == ENOENT ? 0 : errno);
	return entry;
}

/* One pid after the other; the list is of ours, or of a thread's children. */
static void
visit_listed(struct visit *v, FILE *list, int depth, bool ours)
{
	int pid;

	while (!v->stopped && fscanf(list, "%d", &pid) == 1)
		if (!ours || pid == v->family->daemon ||
		    is_orphan(v->family, pid))
			visit(v, pid, depth);
	if (ferror(list))
		miss(v, errno);
}

/* Everybody's parent, where the kernel keeps no lists. */
static void
visit_searched(struct visit *v, pid_t parent, int depth, bool ours)
{
	const struct dirent *entry;
	struct proc_stat stat;
	DIR *dir = opendir("/proc");
	int pid;

	if (dir == NULL)
		miss(v, errno);
	while (dir != NULL && !v->stopped &&
	    (entry = read_entry(v, dir)) != NULL)
		if (parse_fd(entry->d_name, &pid) == 0 && pid > 0 &&
		    proc_read_stat(pid, &stat) == 0 && stat.parent == parent &&
		    (!ours || pid == v->family->daemon ||
		    is_orphan(v->family, pid)))
			visit(v, pid, depth);
	if (dir != NULL)
		closedir(dir);
}

static FILE *
open_children(pid_t pid, const char *thread)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", (int)pid,
	    thread);
	return fopen(path, "re");
}

/* Each thread has its own children. */
static void
visit_children(struct visit *v, pid_t parent, int depth)
{
	bool ours = parent == v->family->front, searched = false;
	const struct dirent *entry;
	char path[32];
	DIR *dir;
	FILE *list;

	snprintf(path, sizeof path, "/proc/%d/task", (int)parent);
	dir = opendir(path);
	/* We ourselves are there: then there is no /proc. */
	if (dir == NULL && (ours || errno != ENOENT))
		miss(v, errno);
	while (dir != NULL && !v->stopped && !searched &&
	    (entry = read_entry(v, dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		list = open_children(parent, entry->d_name);
		if (list != NULL) {
			visit_listed(v, list, depth, ours);
			fclose(list);
		} else {
			visit_searched(v, parent, depth, ours);
			searched = true;
		}
	}
	if (dir != NULL)
		closedir(dir);
}

static void
visit(struct visit *v, pid_t pid, int depth)
{
	struct proc_stat stat;

	if (depth >= DEPTH_MAX)
		return;
	if (proc_read_stat(pid, &stat) == -1) {
		miss(v, kill(pid, 0) == -1 && errno == ESRCH ? 0 : EIO);
		return;
	}
	v->met_daemon = v->met_daemon || pid == v->family->daemon;
	/* Then it has no children any more. */
	if (proc_is_dead(&stat)) {
		v->dead += pid;
		return;
	}
	v->stopped = !v->visitor(pid, v->context);
	if (!v->stopped)
		visit_children(v, pid, depth + 1);
}

static bool
has_ended(pid_t child)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG |
	    WNOWAIT) == -1 || info.si_pid != 0;
}

static void
visit_all(struct visit *v)
{
	pid_t daemon = v->family->daemon;

	/* Another's /proc may have a stranger under our number. */
	if (proc_is_ours())
		visit_children(v, v->family->front, 0);
	else
		v->error = ENOENT;
	/* Our own child we know without looking. */
	if (v->error != 0 && !v->stopped && !v->met_daemon && daemon != 0 &&
	    !has_ended(daemon))
		(void)v->visitor(daemon, v->context);
}

int
family_visit(const struct family *f, bool (*visitor)(pid_t, void *),
    void *context)
{
	struct visit v = { .family = f, .visitor = visitor,
	    .context = context };

	visit_all(&v);
	return v.error;
}

/* A visitor: whoever it is, there is somebody. */
static bool
notice(pid_t pid, void *found)
{
	(void)pid;
	*(bool *)found = true;
	return false;
}

/*
 * Whoever has a child, and ends before it is its turn, hides it from one look,
 * but not from the next: there it is, or one more of the dead.
 */
int
family_find(const struct family *f, bool *found)
{
	struct visit v[2];

	*found = false;
	for (int i = 0; i < 2; i++) {
		v[i] = (struct visit){ .family = f, .visitor = notice,
		    .context = found };
		visit_all(&v[i]);
		if (*found || v[i].error != 0)
			return v[i].error;
	}
	*found = v[0].dead != v[1].dead;
	return 0;
}

bool
process_has_children(pid_t pid)
{
	/* Nobody is the daemon: whoever is found counts. */
	struct family nobody = { .alone = true };
	bool found = false;
	struct visit v = { .family = &nobody, .visitor = notice,
	    .context = &found };

	visit_children(&v, pid, 0);
	return found || !proc_is_ours();
}
