/* SPDX-License-Identifier: ISC
 *
 * Telling processes apart: /proc and pidfd_open(2).
 */
#include <sys/stat.h>
#include <sys/statfs.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "identity.h"
#include "parse.h"
#include "pidfd.h"
#include "proc.h"
#include "report.h"

#define PIDFS_MAGIC	0x50494446

static void
read_boot_id(char *boot)
{
	char text[BOOT_ID_LENGTH + 2];

	if (proc_read_text("/proc/sys/kernel/random/boot_id", text,
	    sizeof text) < BOOT_ID_LENGTH ||
	    parse_boot_id(text, BOOT_ID_LENGTH, boot) != 0)
		boot[0] = '\0';
}

/* Before pidfs, all pidfds share one inode: that tells nothing. */
static unsigned long long
pidfd_inode(int pidfd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(pidfd, &fs) == -1 ||
	    (unsigned long)fs.f_type != PIDFS_MAGIC ||
	    fstat(pidfd, &st) == -1)
		return 0;
	return st.st_ino;
}

static unsigned long long
inode_of(pid_t pid)
{
	int pidfd = pidfd_open_of(pid);
	unsigned long long inode;

	if (pidfd == -1)
		return 0;
	inode = pidfd_inode(pidfd);
	close(pidfd);
	return inode;
}

/* Right after it was looked for: errno is that of the last look. */
static int
is_proof(const struct identity *id)
{
	if (id->start != 0 || id->inode != 0)
		return 0;
	return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? errno :
	    REASON_NO_IDENTITY;
}

int
identity_of(pid_t pid, struct identity *id)
{
	struct proc_stat stat;

	*id = (struct identity){ .pid = pid, .inode = inode_of(pid) };
	if (proc_read_stat(pid, &stat) == 0)
		id->start = stat.start;
	read_boot_id(id->boot);
	return is_proof(id);
}

void
identity_tell(struct told *told)
{
	/* What is missing, the process may find itself. */
	if (identity_of(told->pid, &told->id) == 0 && told->id.start != 0 &&
	    told->id.boot[0] != '\0')
		atomic_store(&told->known, true);
}

int
identity_self(const struct told *told, struct identity *self)
{
	struct proc_stat stat;

	if (told != NULL && atomic_load(&told->known)) {
		*self = told->id;
		return 0;
	}
	*self = (struct identity){ .pid = getpid() };
	self->inode = inode_of(self->pid);
	if (proc_read_self(&stat) == 0)
		self->start = stat.start;
	read_boot_id(self->boot);
	return is_proof(self);
}

const char *
readiness_word(enum readiness ready)
{
	static const char *const words[] = { "", "no", "yes" };

	return words[ready];
}

size_t
identity_format(const struct identity *id, char *text)
{
	bool asked = id->ready != READINESS_UNASKED;

	return (size_t)snprintf(text, IDENTITY_TEXT,
	    "pid %d\nstart %llu\nboot %s\ninode %llu\n%s%s%s", (int)id->pid,
	    id->start, id->boot, id->inode, asked ? "ready " : "",
	    readiness_word(id->ready), asked ? "\n" : "");
}

/* A pid that is only a thread's is no process: EINVAL, later ENOENT. */
static bool
means_dead(int error)
{
	return error == ESRCH || error == EINVAL || error == ENOENT;
}

static bool
is_away(pid_t pid)
{
	return kill(pid, 0) == -1 && errno == ESRCH;
}

static enum life
life_by_start(const struct identity *id)
{
	struct proc_stat stat;

	if (is_away(id->pid))
		return LIFE_DEAD;
	/* It may have ended between the two. */
	if (id->start == 0 || !proc_is_ours() ||
	    proc_read_stat(id->pid, &stat) == -1)
		return is_away(id->pid) ? LIFE_DEAD : LIFE_UNKNOWN;
	if (stat.start != id->start || proc_is_dead(&stat))
		return LIFE_DEAD;
	return LIFE_ALIVE;
}

/* The inode proves it; a start time that says otherwise was tampered with. */
static enum life
life_by_inode(const struct identity *id, unsigned long long inode)
{
	struct proc_stat stat;

	if (id->inode != inode)
		return LIFE_DEAD;
	return id->start != 0 && proc_is_ours() &&
	    proc_read_stat(id->pid, &stat) == 0 &&
	    stat.start != id->start ? LIFE_UNKNOWN : LIFE_ALIVE;
}

static enum life
life_by_pidfd(const struct identity *id, int pidfd)
{
	unsigned long long inode = pidfd_inode(pidfd);
	enum life life = id->inode != 0 && inode != 0 ?
	    life_by_inode(id, inode) : life_by_start(id);

	/* It may have ended, and the number been reused, meanwhile. */
	return pidfd_has_ended(pidfd) ? LIFE_DEAD : life;
}

enum life
identity_open(const struct identity *id, int *pidfd)
{
	char boot[BOOT_ID_LENGTH + 1];
	enum life life;

	*pidfd = -1;
	read_boot_id(boot);
	if (boot[0] != '\0' && id->boot[0] != '\0' &&
	    strcmp(boot, id->boot) != 0)
		return LIFE_DEAD;
	*pidfd = pidfd_open_of(id->pid);
	if (*pidfd == -1)
		return means_dead(errno) ? LIFE_DEAD : life_by_start(id);
	life = life_by_pidfd(id, *pidfd);
	if (life != LIFE_ALIVE) {
		close(*pidfd);
		*pidfd = -1;
	}
	return life;
}

enum life
identity_life(const struct identity *id)
{
	int pidfd;
	enum life life = identity_open(id, &pidfd);

	if (pidfd != -1)
		close(pidfd);
	return life;
}

enum life
pid_life(pid_t pid)
{
	enum life life;
	int pidfd = pidfd_open_of(pid);

	if (pidfd != -1) {
		life = pidfd_has_ended(pidfd) ? LIFE_DEAD : LIFE_ALIVE;
		close(pidfd);
		return life;
	}
	if (means_dead(errno))
		return LIFE_DEAD;
	if (kill(pid, 0) == -1 && errno == ESRCH)
		return LIFE_DEAD;
	return pid_is_zombie(pid) ? LIFE_DEAD : LIFE_ALIVE;
}
