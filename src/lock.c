/* SPDX-License-Identifier: ISC
 *
 * Locks by flock(2).  A lock file may be unlinked by the one who holds the
 * lock; so whoever gets the lock looks whether the name still means the file
 * that it has locked, and begins again if not.
 */
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "lock.h"
#include "privs.h"
#include "report.h"

#define LOCK_WAIT	5		/* seconds */
#define PAUSE_FIRST	500000L		/* nanoseconds */
#define PAUSE_LONGEST	32000000L
#define MOVED_MAX	1000		/* nobody makes us spin for ever */

#define LOCK_FLAGS	(O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
/* A holder that is handed the descriptor cannot write. */
#define OPEN_FLAGS	(O_RDONLY | LOCK_FLAGS)

static bool
others_can_open(const struct stat *st)
{
	return (st->st_mode & 077) != 0;
}

/* Other tools leave an empty 0644 file behind; contents mean something else. */
static int
judge_lock(const struct stat *st, uid_t owner)
{
	int error = judge_file(st, owner);

	if (error == 0 && others_can_open(st) && st->st_size != 0)
		error = REASON_LOOSE_LOCK;
	return error;
}

static bool
may_change_mode(const struct stat *st)
{
	bool may;

	return st->st_uid == geteuid() || privs_have(CAP_FOWNER, &may) != 0 ||
	    may;
}

int
lock_judge_contents(const struct place *place, const struct stat *st,
    uid_t owner)
{
	return st->st_size != 0 && place_is_doubtful(place, st, owner) ?
	    REASON_MOVED_THERE : 0;
}

int
lock_foresee(const struct place *place, uid_t owner)
{
	struct stat st;
	int error = place_trusted(place, owner);

	if (error != 0)
		return error;
	if (fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? place_may(place, ".", W_OK | X_OK) :
		    errno;
	error = judge_lock(&st, owner);
	if (error == 0 && others_can_open(&st) && !may_change_mode(&st))
		error = REASON_LOOSE_LOCK;
	if (error == 0)
		error = place_may(place, place->name, R_OK);
	return error != 0 ? error : lock_judge_contents(place, &st, owner);
}

static int
open_or_create(struct lock *lock, const struct place *place, const char *name)
{
	struct stat st;

	/* Looking first keeps a device from being opened at all. */
	if (fstatat(place->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISREG(st.st_mode))
		return S_ISLNK(st.st_mode) ? REASON_SYMLINK :
		    REASON_NOT_REGULAR;
	lock->created = true;
	lock->fd = openat(place->dir, name, OPEN_FLAGS | O_CREAT | O_EXCL,
	    0600);
	if (lock->fd == -1 && errno == EEXIST) {
		lock->created = false;
		lock->fd = openat(place->dir, name, OPEN_FLAGS);
	}
	if (lock->fd == -1)
		/* Gone between the two: as if it had moved. */
		return errno == ENOENT && !lock->created ? REASON_MOVED :
		    errno;
	return 0;
}

/* The locked file must be what the name means. */
static int
check_name(const struct lock *lock, const struct place *place,
    const char *name)
{
	struct stat st;

	if (fstatat(place->dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? REASON_MOVED : errno;
	return same_file(&st, &lock->st) ? 0 : REASON_MOVED;
}

/* The very file once more, for writing. */
static int
open_to_write(struct lock *lock, const struct place *place, const char *name)
{
	int fd, error = check_name(lock, place, name);
	struct stat st;

	if (error != 0)
		return error;
	fd = openat(place->dir, name, O_RDWR | LOCK_FLAGS);
	if (fd == -1)
		return errno == ENOENT ? REASON_MOVED : errno;
	close(lock->fd);
	lock->fd = fd;
	if (fstat(fd, &st) == -1)
		return errno;
	return same_file(&st, &lock->st) ? 0 : REASON_MOVED;
}

static int
try_flock(const struct lock *lock)
{
	if (flock(lock->fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? REASON_LOCKED : errno;
}

/* NFS makes it a lock of fcntl(2), which takes one that is open for writing. */
static int
lock_opened(struct lock *lock, const struct place *place, const char *name)
{
	int error = try_flock(lock);

	if (error != EBADF && error != EIO)
		return error;
	error = open_to_write(lock, place, name);
	return error != 0 ? error : try_flock(lock);
}

static int
try_once(struct lock *lock, const struct place *place, const char *name,
    uid_t owner)
{
	int error = open_or_create(lock, place, name);

	if (error != 0)
		return error;
	if (fstat(lock->fd, &lock->st) == -1) {
		error = errno;
		/* Then its name must do: we have just made it, or not. */
		if (lock->created)
			(void)unlinkat(place->dir, name, 0);
	}
	if (error == 0)
		error = judge_lock(&lock->st, owner);
	if (error == 0 && others_can_open(&lock->st) &&
	    fchmod(lock->fd, 0600) == -1)
		error = REASON_LOOSE_LOCK;
	if (error == 0)
		error = lock_opened(lock, place, name);
	if (error == 0)
		error = check_name(lock, place, name);
	if (error == 0)
		return 0;
	/* A rival may have locked what we have made: then it is his. */
	if (lock->created && error != REASON_LOCKED)
		(void)place_unlink(place, name, &lock->st);
	lock_release(lock);
	lock->created = false;
	return error;
}

int
lock_try(struct lock *lock, const struct place *place, const char *name,
    uid_t owner)
{
	int error = REASON_MOVED;

	for (int i = 0; error == REASON_MOVED && i < MOVED_MAX; i++)
		error = try_once(lock, place, name, owner);
	return error;
}

int
lock_wait(struct lock *lock, const struct place *place, const char *name,
    uid_t owner, const sigset_t *signals)
{
	struct timespec pause = { .tv_nsec = PAUSE_FIRST };
	int64_t end = 0;
	int error;

	for (;;) {
		/* First: whoever was stopped here tries once more. */
		bool late = end != 0 && clock_milliseconds() >= end;
		siginfo_t info;

		error = lock_try(lock, place, name, owner);
		if (error != REASON_LOCKED)
			return error;
		if (late)
			return REASON_STARTING;
		if (end == 0)
			end = clock_milliseconds() + LOCK_WAIT * 1000;
		if (sigtimedwait(signals, &info, &pause) > 0) {
			/* Leave it pending, for whoever ends us by it. */
			raise(info.si_signo);
			return REASON_INTERRUPTED;
		}
		if (pause.tv_nsec < PAUSE_LONGEST)
			pause.tv_nsec *= 2;
	}
}

void
lock_release(struct lock *lock)
{
	if (lock->fd != -1)
		close(lock->fd);
	lock->fd = -1;
}

void
lock_remove(struct lock *lock, const struct place *place, const char *name)
{
	if (lock->fd != -1)
		(void)place_unlink(place, name, &lock->st);
	lock_release(lock);
}
