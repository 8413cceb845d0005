/* SPDX-License-Identifier: ISC
 *
 * What /proc says of a process: proc_pid_stat(5), proc_pid_status(5).
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parse.h"
#include "proc.h"

#define FORKED_NO_EXEC	0x00000040	/* PF_FORKNOEXEC */
#define FIELDS		26		/* of proc_pid_stat(5), that we need */
#define RELEASED_MAX	100		/* looks at what executes for ever */

ssize_t
proc_read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, text, size - 1);
	close(fd);
	if (n >= 0)
		text[n] = '\0';
	return n;
}

int
proc_parse_stat(const char *text, struct proc_stat *stat)
{
	/* Counted as the manual does, from the state, 3. */
	const char *field[FIELDS + 1];
	/* The name in parentheses may hold anything, a parenthesis too. */
	const char *p = strrchr(text, ')');

	if (p == NULL || strlen(p) < 3)
		return -1;
	stat->state = p[2];
	p += 3;
	for (int i = 4; i <= FIELDS; i++) {
		field[i] = p;
		p = strchrnul(p + (*p != '\0'), ' ');
	}
	stat->parent = (pid_t)strtol(field[4], NULL, 10);
	stat->flags = strtoull(field[9], NULL, 10);
	stat->threads = strtoull(field[20], NULL, 10);
	stat->start = strtoull(field[22], NULL, 10);
	stat->code = strtoull(field[26], NULL, 10);
	return 0;
}

static int
read_stat_file(const char *path, struct proc_stat *stat)
{
	char text[1024];

	return proc_read_text(path, text, sizeof text) <= 0 ? -1 :
	    proc_parse_stat(text, stat);
}

/* Of another PID namespace, it can have the same number for us by chance. */
static bool
has_our_number(void)
{
	char text[16];
	ssize_t n = readlink("/proc/self", text, sizeof text - 1);

	if (n <= 0)
		return false;
	text[n] = '\0';
	return strtol(text, NULL, 10) == getpid();
}

/*
 * Or one for each PID namespace, from that of /proc to ours?  Since Linux 4.1.
 * Before this line there is one of any length.
 */
static bool
has_one_number(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char *line = NULL;
	size_t size = 0;
	/* Landlock lets nobody read there, and its links be read. */
	bool one = status != NULL || errno != EACCES;

	while (status != NULL && getline(&line, &size, status) != -1)
		if (strncmp(line, "NSpid:\t", 7) == 0)
			one = strchr(line + 7, '\t') == NULL;
	free(line);
	if (status != NULL)
		fclose(status);
	return one;
}

bool
proc_is_ours(void)
{
	return has_our_number() && has_one_number();
}

bool
proc_hides(void)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	unsigned int major, minor;
	char *line = NULL;
	size_t size = 0;
	bool hides = true;
	struct stat st;

	/*
	 * What is on top at /proc is not always the last: it may have been
	 * moved there.  The option is the file system's, which its device
	 * tells; proc_pid_mountinfo(5).
	 */
	if (mounts != NULL && stat("/proc", &st) == 0)
		while (getline(&line, &size, mounts) != -1)
			if (sscanf(line, "%*s %*s %u:%u", &major,
			    &minor) == 2 && makedev(major, minor) == st.st_dev)
				hides = strstr(line, "hidepid=") != NULL;
	free(line);
	if (mounts != NULL)
		fclose(mounts);
	return hides;
}

int
proc_read_self(struct proc_stat *stat)
{
	return read_stat_file("/proc/self/stat", stat);
}

int
proc_read_stat(pid_t pid, struct proc_stat *stat)
{
	char path[32];

	if (!has_our_number())
		return -1;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	for (int i = 0; i < RELEASED_MAX; i++) {
		if (read_stat_file(path, stat) == -1)
			return -1;
		/*
		 * Reaped just now; or another thread of it executes, and has
		 * taken its number over.
		 */
		if (!proc_is_dead(stat) || stat->threads != 0)
			return 0;
	}
	return -1;
}

/* A first thread that has ended before the others is a zombie, too. */
bool
proc_is_dead(const struct proc_stat *stat)
{
	return (stat->state == 'Z' || stat->state == 'X') && stat->threads <= 1;
}

bool
pid_is_zombie(pid_t pid)
{
	struct proc_stat stat;

	return proc_read_stat(pid, &stat) == 0 && proc_is_dead(&stat);
}

pid_t
proc_living_thread(pid_t pid)
{
	const struct dirent *entry;
	struct proc_stat stat;
	char path[32];
	pid_t living = 0;
	int thread;
	DIR *dir;

	if (proc_read_stat(pid, &stat) == -1 || stat.state != 'Z')
		return pid;
	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir != NULL && living == 0 && (entry = readdir(dir)) != NULL)
		if (parse_fd(entry->d_name, &thread) == 0 &&
		    proc_read_stat(thread, &stat) == 0 &&
		    stat.state != 'Z' && stat.state != 'X')
			living = thread;
	if (dir != NULL)
		closedir(dir);
	return living != 0 ? living : pid;
}

int
proc_parse_uids(const char *text, unsigned int ids[4])
{
	const char *line = strstr(text, "\nUid:");

	return line != NULL && sscanf(line, " Uid: %u %u %u %u", &ids[0],
	    &ids[1], &ids[2], &ids[3]) == 4 ? 0 : -1;
}

static bool
read_uids(pid_t pid, unsigned int ids[4])
{
	char path[40], text[4096];

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	return proc_is_ours() && proc_read_text(path, text, sizeof text) > 0 &&
	    proc_parse_uids(text, ids) == 0;
}

bool
pid_user(pid_t pid, uid_t *uid)
{
	unsigned int ids[4];

	if (!read_uids(pid, ids))
		return false;
	*uid = ids[1];
	return true;
}

bool
pid_belongs_to(pid_t pid, uid_t uid)
{
	unsigned int ids[4];

	if (!read_uids(pid, ids))
		return false;
	for (int i = 0; i < 4; i++)
		if (ids[i] != uid)
			return false;
	return true;
}

int
proc_open_stat(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Not of a child, it is an old /proc, and of another PID namespace. */
static bool
read_child(int fd, struct proc_stat *stat)
{
	char text[1024];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	if (n <= 0)
		return false;
	text[n] = '\0';
	return proc_parse_stat(text, stat) == 0 && stat->parent == getpid();
}

bool
child_is_there(int fd)
{
	struct proc_stat stat;

	return read_child(fd, &stat) && stat.code != 0;
}

int
child_has_executed(int fd, pid_t pid)
{
	struct proc_stat stat;

	if (!read_child(fd, &stat) && proc_read_stat(pid, &stat) == -1)
		return -1;
	return (stat.flags & FORKED_NO_EXEC) == 0;
}

/* The size of the code, which everybody may know: 0 until it is mapped. */
static bool
has_code(pid_t pid)
{
	char path[40], text[256];
	unsigned long pages;

	/* proc_pid_statm(5). */
	snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
	return proc_read_text(path, text, sizeof text) <= 0 ||
	    sscanf(text, "%*u %*u %*u %lu", &pages) != 1 || pages > 0;
}

bool
child_is_loaded(int fd, pid_t pid)
{
	struct proc_stat stat;

	if (!read_child(fd, &stat))
		return true;
	/* Where we may not look, the address reads 1. */
	if (stat.code == 1)
		return has_code(pid);
	/* Once the first thread has ended it reads 0, but there are others. */
	return stat.code != 0 || stat.threads > 1;
}

bool
proc_tells_loaded(void)
{
	struct proc_stat stat;

	return proc_is_ours() && proc_read_self(&stat) == 0 && stat.code != 0;
}
