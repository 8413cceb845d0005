/* SPDX-License-Identifier: ISC
 *
 * Opening what becomes the daemon's descriptors 0, 1 and 2, without being led
 * anywhere by whoever else can write there.
 */
#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "compat.h"
#include "fds.h"
#include "report.h"
#include "streams.h"

#define STREAM_FLAGS	(O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define RACES_MAX	10

/* Before the drop: could anybody but root and ourselves change the way? */
static bool
must_wait(const struct place *place, const struct account *account)
{
	const struct writers *by = &place->writers;

	return account->uid != geteuid() && (by->account || by->world ||
	    by->sticky || by->user != NO_UID);
}

static bool
has_contents(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_size > 0;
}

/* chattr(1) +a: writing there works, and truncating does not. */
static bool
is_append_only(const struct stream *s)
{
	struct statx st;

	return (s->fd != -1 ? get_statx(s->fd, "", AT_EMPTY_PATH, 0, &st) :
	    get_statx(s->place.dir, s->place.name, AT_SYMLINK_NOFOLLOW, 0,
	    &st)) == 0 && (st.stx_attributes & STATX_ATTR_APPEND) != 0;
}

static int
judge(const struct stream *s, bool for_input, const struct stream_rules *rules)
{
	const struct account *account = rules->account;
	const struct stat *st = &s->st;
	bool sticky = s->place.writers.sticky;
	bool foreign = !is_our_own(st->st_uid) && st->st_uid != account->uid;

	if (S_ISCHR(st->st_mode))
		return 0;
	if (S_ISDIR(st->st_mode))
		return EISDIR;
	if (!S_ISREG(st->st_mode) && !S_ISFIFO(st->st_mode))
		return REASON_BAD_TYPE;
	if (foreign && (sticky || (!for_input && geteuid() == 0)))
		return REASON_FOREIGN_FILE;
	if (S_ISREG(st->st_mode) && st->st_nlink != 1 &&
	    (sticky || !for_input))
		return REASON_HARDLINK;
	if (!for_input && rules->truncates && has_contents(st) &&
	    is_append_only(s))
		return REASON_APPEND_ONLY;
	return 0;
}

/* Why open(2) failed, in words that fit what is there. */
static int
open_error(const struct place *place, int error)
{
	struct stat st;

	if (error == ELOOP)
		return REASON_SYMLINK;
	if (error != ENXIO ||
	    fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return error;
	if (S_ISFIFO(st.st_mode))
		return REASON_NO_READER;
	return S_ISSOCK(st.st_mode) ? REASON_BAD_TYPE : error;
}

/* Give a new file its mode, and to the daemon's user. */
static int
hand_over(struct stream *s, const struct stream_rules *rules)
{
	const struct account *account = rules->account;
	bool other = account->uid != geteuid() || account->gid != getegid();

	if (fstat(s->fd, &s->st) == -1) {
		int error = errno;

		/* Unknown, it could not be undone. */
		(void)unlinkat(s->place.dir, s->place.name, 0);
		return error;
	}
	s->created = true;
	/*
	 * A set-group-ID directory decides on its group, and a file system that
	 * has no owners on all; that is no reason to refuse it.
	 */
	if ((other || s->st.st_gid != account->gid) &&
	    fchown(s->fd, account->uid, account->gid) == -1 && other)
		return errno;
	return fchmod(s->fd, rules->mode) == -1 ? errno : 0;
}

static int
open_output(struct stream *s, const struct stream_rules *rules)
{
	const int flags = O_WRONLY | O_APPEND | STREAM_FLAGS;
	const struct place *place = &s->place;

	for (int i = 0; i < RACES_MAX; i++) {
		s->fd = openat(place->dir, place->name, flags);
		if (s->fd != -1)
			return 0;
		if (errno != ENOENT)
			return open_error(place, errno);
		s->fd = openat(place->dir, place->name,
		    flags | O_CREAT | O_EXCL, 0600);
		if (s->fd != -1)
			return hand_over(s, rules);
		if (errno != EEXIST)
			return errno;
	}
	return REASON_MOVED;
}

static int
open_input(struct stream *s)
{
	s->fd = openat(s->place.dir, s->place.name, O_RDONLY | STREAM_FLAGS);
	return s->fd == -1 ? open_error(&s->place, errno) : 0;
}

int
set_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == -1)
		return errno;
	return 0;
}

/* With root's rights, nobody else's directory leads anywhere. */
static int
judge_way(const struct stream *s)
{
	const struct writers *by = &s->place.writers;

	return geteuid() == 0 && (by->user != NO_UID || by->named ||
	    by->world) ? REASON_LOOSE_DIR : 0;
}

static int
open_here(struct stream *s, bool for_input, const struct stream_rules *rules)
{
	int error = judge_way(s);

	if (error != 0)
		return error;
	error = for_input ? open_input(s) : open_output(s, rules);
	if (error != 0)
		return error;
	if (fstat(s->fd, &s->st) == -1)
		return errno;
	if ((error = judge(s, for_input, rules)) != 0)
		return error;
	return set_blocking(s->fd);
}

int
stream_find(struct stream *s, const struct source *source,
    const struct stream_rules *rules)
{
	int error = place_find(rules->root, source->path, rules->account,
	    &s->place);

	if (error == 0)
		s->late = rules->dropped ||
		    must_wait(&s->place, rules->account);
	return error;
}

int
stream_foresee(struct stream *s, const struct source *source, bool for_input,
    const struct stream_rules *rules)
{
	const struct place *place = &s->place;
	int error = stream_find(s, source, rules);

	if (error != 0 || s->late)
		return error;
	if ((error = judge_way(s)) != 0)
		return error;
	if (fstatat(place->dir, place->name, &s->st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT && !for_input ?
		    place_may(place, ".", W_OK | X_OK) : errno;
	if (S_ISLNK(s->st.st_mode))
		return REASON_SYMLINK;
	if (S_ISDIR(s->st.st_mode))
		return EISDIR;
	error = place_may(place, place->name, for_input ? R_OK : W_OK);
	return error != 0 ? error : judge(s, for_input, rules);
}

int
stream_open(struct stream *s, bool for_input, const struct stream_rules *rules)
{
	int error = s->late && !rules->dropped ? 0 :
	    open_here(s, for_input, rules);

	if (error != 0)
		stream_undo(s, false);
	return error;
}

/*
 * O_NONBLOCK belongs to the caller's open file.  A FIFO or a terminal can be
 * opened once more, without touching that one; a pseudo-terminal's master
 * cannot, that would make a new one.
 */
static bool
can_reopen(int fd, const struct stat *st)
{
	unsigned int number;

	return S_ISFIFO(st->st_mode) || (S_ISCHR(st->st_mode) && isatty(fd) &&
	    ioctl(fd, TIOCGPTN, &number) == -1);
}

int
stream_take(struct stream *s, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || fstat(fd, &s->st) == -1)
		return errno;
	if (S_ISDIR(s->st.st_mode))
		return EISDIR;
	if (S_ISBLK(s->st.st_mode))
		return REASON_BAD_TYPE;
	if ((flags & O_NONBLOCK) != 0 && can_reopen(fd, &s->st) &&
	    (s->fd = fds_reopen(fd, (flags & O_ACCMODE) | O_NONBLOCK |
	    O_NOCTTY)) != -1)
		return 0;
	s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return s->fd == -1 ? errno : 0;
}

bool
stream_has_contents(const struct stream *s)
{
	return s->fd != -1 && !s->shared && has_contents(&s->st);
}

/* By its name: place_unlink() sees that it is ours. */
static bool
is_empty(const struct stream *s)
{
	struct stat st;

	return fstatat(s->place.dir, s->place.name, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && st.st_size == 0;
}

void
stream_undo(const struct stream *s, bool was_used)
{
	if (s->created && (!was_used || is_empty(s)))
		(void)place_unlink(&s->place, s->place.name, &s->st);
}
