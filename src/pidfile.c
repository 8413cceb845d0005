/* SPDX-License-Identifier: ISC
 *
 * Publishing a pidfile so that no reader ever sees it empty, torn or through
 * somebody else's link.
 */
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "identity.h"
#include "pidfile.h"
#include "report.h"

/* From linux/fs.h, which clashes with libc's headers. */
#define EXCHANGE	(1U << 1)

/* A start derives more than ten, and printf(3) took a tenth of its own time. */
static void
derive(const struct pidfile *p, const char *before, enum pidfile_part part,
    const char *after, char name[PIDFILE_NAME])
{
	const char *const words[] = { before, p->place.name,
	    part == PART_ID ? ".id" : "", after };
	size_t n = 0, length;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		length = strlen(words[i]);
		/* Never: a place's name is at most NAME_MAX. */
		if (length >= PIDFILE_NAME - n)
			break;
		memcpy(name + n, words[i], length);
		n += length;
	}
	name[n] = '\0';
}

static void
lock_name(const struct pidfile *p, char name[PIDFILE_NAME])
{
	derive(p, "", PART_PID, ".lock", name);
}

void
pidfile_part_name(const struct pidfile *p, enum pidfile_part part,
    char name[PIDFILE_NAME])
{
	derive(p, "", part, "", name);
}

void
pidfile_temporary_name(const struct pidfile *p, enum pidfile_part part,
    char name[PIDFILE_NAME])
{
	derive(p, ".", part, ".daemonize", name);
}

void
pidfile_init(struct pidfile *p)
{
	*p = (struct pidfile){ .place.dir = -1, .lock.fd = -1 };
	for (int i = 0; i < PART_COUNT; i++)
		p->part[i].fd = -1;
}

int
pidfile_lock(struct pidfile *p, const sigset_t *signals, struct fault *fault)
{
	char name[PIDFILE_NAME];
	int error;

	lock_name(p, name);
	error = lock_wait(&p->lock, &p->place, name, p->uid, signals);
	/* It is somebody's file, and would be removed in the end. */
	if ((error == 0 || error == REASON_STARTING) &&
	    p->lock.st.st_size != 0) {
		lock_release(&p->lock);
		error = REASON_CONTENTS;
	}
	/* It is about the file beside the pidfile, which may be alone. */
	if (error != 0 && error != REASON_STARTING &&
	    error != REASON_INTERRUPTED)
		fault_detail(fault, "%s", name);
	return error;
}

void
pidfile_unlock(struct pidfile *p)
{
	char name[PIDFILE_NAME];

	lock_name(p, name);
	lock_remove(&p->lock, &p->place, name);
}

/* What a start that crashed has left, and nothing else. */
static int
clear_away(const struct pidfile *p, const char *name)
{
	struct stat st;
	int error;

	if (fstatat(p->place.dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno;
	if ((error = judge_file(&st, p->uid)) != 0)
		return error;
	return unlinkat(p->place.dir, name, 0) == -1 ? errno : 0;
}

void
pidfile_clear(const struct pidfile *p)
{
	char name[PIDFILE_NAME];

	for (int i = 0; i < PART_COUNT; i++) {
		pidfile_temporary_name(p, (enum pidfile_part)i, name);
		/* What is not ours stays, and is no harm. */
		(void)clear_away(p, name);
	}
}

static int
create_part(struct pidfile *p, enum pidfile_part part, struct fault *fault)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	char name[PIDFILE_NAME];
	int fd, error;

	pidfile_temporary_name(p, part, name);
	fd = openat(p->place.dir, name, flags, 0644);
	if (fd == -1 && errno == EEXIST) {
		if ((error = clear_away(p, name)) != 0) {
			fault_detail(fault, "%s", name);
			return error;
		}
		fd = openat(p->place.dir, name, flags, 0644);
	}
	if (fd == -1)
		return errno;
	p->part[part].fd = fd;
	if (fstat(fd, &p->part[part].st) == -1) {
		error = errno;
		/* Unknown, it could not be undone. */
		(void)unlinkat(p->place.dir, name, 0);
		return error;
	}
	pidfile_part_name(p, part, name);
	if (fstatat(p->place.dir, name, &p->part[part].old,
	    AT_SYMLINK_NOFOLLOW) == -1) {
		p->part[part].old.st_ino = 0;
		return errno == ENOENT ? 0 : errno;
	}
	return 0;
}

int
pidfile_prepare(struct pidfile *p, struct fault *fault)
{
	int error = create_part(p, PART_ID, fault);

	return error != 0 ? error : create_part(p, PART_PID, fault);
}

/*
 * Give a part its name.  What has the name so far is exchanged, not replaced:
 * a failed start can put it back, and some file systems flush a file to the
 * disk before they let it replace another.
 */
static int
give_name(const struct pidfile *p, enum pidfile_part part)
{
	char from[PIDFILE_NAME], to[PIDFILE_NAME];
	int dir = p->place.dir;

	pidfile_temporary_name(p, part, from);
	pidfile_part_name(p, part, to);
	if (p->part[part].old.st_ino != 0 && syscall(SYS_renameat2, dir, from,
	    dir, to, EXCHANGE) == 0)
		return 0;
	return renameat(dir, from, dir, to) == -1 ? errno : 0;
}

static int
publish_part(struct pidfile *p, enum pidfile_part part, const char *text,
    size_t length)
{
	int fd = p->part[part].fd;
	ssize_t n = write(fd, text, length);

	if (n == -1)
		return errno;
	if ((size_t)n != length)
		return ENOSPC;
	/* Some file systems tell of a full disk only now. */
	p->part[part].fd = -1;
	if (close(fd) == -1)
		return errno;
	return give_name(p, part);
}

static int
publish_one(struct pidfile *p, enum pidfile_part part,
    const struct identity *id, struct fault *fault)
{
	char text[IDENTITY_TEXT], name[PIDFILE_NAME];
	size_t length = part == PART_ID ? identity_format(id, text) :
	    (size_t)snprintf(text, sizeof text, "%d\n", (int)id->pid);
	int error = publish_part(p, part, text, length);

	if (error != 0 && part == PART_ID) {
		pidfile_part_name(p, part, name);
		fault_detail(fault, "%s", name);
	}
	return error;
}

int
pidfile_publish(struct pidfile *p, const struct identity *id,
    struct fault *fault)
{
	int error = publish_one(p, PART_ID, id, fault);

	return error != 0 ? error : publish_one(p, PART_PID, id, fault);
}

/* What a part has replaced, and still has under its temporary name. */
static void
remove_replaced(struct pidfile *p, enum pidfile_part part)
{
	char name[PIDFILE_NAME];

	if (p->part[part].old.st_ino == 0)
		return;
	pidfile_temporary_name(p, part, name);
	(void)place_unlink(&p->place, name, &p->part[part].old);
	p->part[part].old.st_ino = 0;
}

static int
rewrite_part(struct pidfile *p, enum pidfile_part part,
    const struct identity *id, struct fault *fault)
{
	struct stat before = p->part[part].st;
	char name[PIDFILE_NAME];
	int error = create_part(p, part, fault);

	if (error == 0)
		error = publish_one(p, part, id, fault);
	if (error == 0) {
		remove_replaced(p, part);
		return 0;
	}
	pidfile_temporary_name(p, part, name);
	(void)place_unlink(&p->place, name, &p->part[part].st);
	p->part[part].st = before;
	p->part[part].old.st_ino = 0;
	return error;
}

/*
 * FILE may have been written anew by the program, but nobody else has a reason
 * to write FILE.id than a start to which this daemon does not run.
 */
static int
check_proof(const struct pidfile *p, struct fault *fault)
{
	char name[PIDFILE_NAME];
	struct stat st;

	pidfile_part_name(p, PART_ID, name);
	if (fstatat(p->place.dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : errno;
	if (same_file(&st, &p->part[PART_ID].st))
		return 0;
	fault_detail(fault, "%s", name);
	return REASON_MOVED;
}

bool
pidfile_is_gone(const struct pidfile *p, const char *name)
{
	struct stat st;

	return fstatat(p->place.dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT;
}

int
pidfile_rewrite(struct pidfile *p, const struct identity *id, bool new_pid,
    struct fault *fault)
{
	char name[PIDFILE_NAME];
	int error = check_proof(p, fault);

	if (error != 0)
		return error;
	new_pid = new_pid || pidfile_is_gone(p, p->place.name);
	/* Both, and FILE first, or what is put back would lack its proof. */
	remove_replaced(p, PART_PID);
	remove_replaced(p, PART_ID);
	/* Two that name different processes, and both live, prove nothing. */
	if (new_pid) {
		pidfile_part_name(p, PART_PID, name);
		(void)place_unlink(&p->place, name, &p->part[PART_PID].st);
	}
	error = rewrite_part(p, PART_ID, id, fault);
	return error != 0 || !new_pid ? error :
	    rewrite_part(p, PART_PID, id, fault);
}

void
pidfile_settle(struct pidfile *p)
{
	for (int i = 0; i < PART_COUNT; i++)
		remove_replaced(p, (enum pidfile_part)i);
	pidfile_unlock(p);
}
