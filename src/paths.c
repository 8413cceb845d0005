/* SPDX-License-Identifier: ISC
 *
 * The walk along a path.  Every directory is opened relative to the one
 * before and judged by its descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "acl.h"
#include "compat.h"
#include "paths.h"
#include "report.h"

#define LINKS_MAX	40	/* as the kernel, path_resolution(7) */
#define DIR_FLAGS	(O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* A walk under way. */
struct walk {
	int			 root;		/* borrowed */
	int			 dir;		/* where it has come to */
	unsigned int		 depth;		/* below root */
	unsigned int		 links;		/* followed so far */
	bool			 inside;	/* dir itself is meant */
	bool			 any;		/* the end may be a file */
	uid_t			 own;		/* its links count; or ours */
	const struct account	*account;
	struct writers		*writers;
	char			*rest;		/* PATH_MAX, still to go */
};

bool
is_our_own(uid_t owner)
{
	return owner == 0 || owner == geteuid();
}

/*
 * Root's group is root; a group that bears our own number as user and as
 * group is the private one that login systems make for a user.
 */
static bool
is_private_group(gid_t gid)
{
	return gid == 0 || (gid == getegid() && gid == geteuid());
}

bool
group_can_write(int fd, const struct stat *st)
{
	return (st->st_mode & S_IWGRP) != 0 &&
	    (!is_private_group(st->st_gid) || acl_is_there(fd));
}

/*
 * Remember the first directory that makes the way unsafe: a group's may be
 * trusted, so that another one counts more.
 */
static void
blame(struct writers *by, const char *name, const struct stat *st, bool more)
{
	char shown[49];

	if (by->culprit[0] == '\0' || (more && !by->worse)) {
		text_fit(shown, sizeof shown, "%s", name);
		snprintf(by->culprit, sizeof by->culprit,
		    "%s, owner %u, mode %04o", shown,
		    (unsigned)st->st_uid, (unsigned)st->st_mode & 07777);
	}
	by->worse |= more;
}

static void
judge(struct walk *w, const char *name, const struct stat *st)
{
	struct writers *by = w->writers;
	/* The bit protects what is there, not what others add. */
	bool sticky = (st->st_mode & S_ISVTX) != 0 && !w->inside;
	bool world = (st->st_mode & S_IWOTH) != 0;
	/* Where everybody can, no list of more is asked for. */
	bool group = !world && group_can_write(w->dir, st);
	bool named = group && !sticky && acl_lets_user_write(w->dir);

	if (!is_our_own(st->st_uid)) {
		if (by->user != NO_UID && by->user != st->st_uid)
			by->users = true;
		by->user = st->st_uid;
	}
	/* A sticky directory protects what is root's or ours in it. */
	by->sticky = sticky && (group || world);
	if (!is_our_own(st->st_uid) || ((group || world) && !sticky))
		blame(by, name, st, !group || named ||
		    !is_our_own(st->st_uid));
	by->group |= group && !sticky;
	by->named |= named;
	by->world |= world && !sticky;
	by->account |= w->account->uid != 0 &&
	    (st->st_uid == w->account->uid || (world && !sticky) ||
	    (group && !sticky && (acl_is_there(w->dir) ||
	    account_has_group(w->account, st->st_gid))));
}

static int
step_into(struct walk *w, const char *name, int dir)
{
	struct stat st;

	if (dir == -1)
		return errno;
	if (w->dir != -1)
		close(w->dir);
	w->dir = dir;
	if (fstat(dir, &st) == -1)
		return errno;
	judge(w, name, &st);
	return 0;
}

static int
go_to_root(struct walk *w)
{
	w->depth = 0;
	return step_into(w, "/", w->root == -1 ? open("/", DIR_FLAGS) :
	    openat(w->root, ".", DIR_FLAGS));
}

/* At the root, .. is the root: even where root lies outside of our own. */
static int
go_up(struct walk *w)
{
	if (w->depth == 0)
		return 0;
	w->depth--;
	return step_into(w, "..", openat(w->dir, "..", DIR_FLAGS));
}

/* Put a link's target before what is still to go. */
static int
follow(struct walk *w, int link)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(link, "", target, sizeof target);

	if (++w->links > LINKS_MAX)
		return ELOOP;
	if (n == -1)
		return errno;
	w->writers->moved |= w->writers->sticky;
	if ((size_t)n + strlen(w->rest) >= PATH_MAX)
		return ENAMETOOLONG;
	/* What is still to go is nothing, or begins with a slash. */
	memmove(w->rest + n, w->rest, strlen(w->rest) + 1);
	memcpy(w->rest, target, (size_t)n);
	return target[0] == '/' ? go_to_root(w) : 0;
}

/* What is no directory: a link, or the end, if that may be a file. */
static int
take_other(struct walk *w, const char *name)
{
	struct stat st;
	int error = 0;
	int fd = openat(w->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return errno;
	if (fstat(fd, &st) == -1)
		error = errno;
	else if (S_ISLNK(st.st_mode))
		error = (w->own == NO_UID ? is_our_own(st.st_uid) :
		    st.st_uid == 0 || st.st_uid == w->own) ?
		    follow(w, fd) : REASON_FOREIGN_LINK;
	else if (S_ISDIR(st.st_mode)) {
		/* It was none a moment ago. */
		w->depth++;
		return step_into(w, name, fd);
	} else if (!w->any || w->rest[0] != '\0')
		error = ENOTDIR;
	else {
		close(w->dir);
		w->dir = fd;
		return 0;
	}
	close(fd);
	return error;
}

/* Cut the next part off; true if nothing but slashes follow it. */
static bool
next_part(struct walk *w, char *part, int *error)
{
	const char *start = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(start, "/");
	const char *rest = start + n;

	*error = n > NAME_MAX ? ENAMETOOLONG : 0;
	if (*error != 0)
		return false;
	memcpy(part, start, n);
	part[n] = '\0';
	/* One slash stays: it tells "name/" from "name". */
	while (rest[0] == '/' && rest[1] == '/')
		rest++;
	memmove(w->rest, rest, strlen(rest) + 1);
	return w->rest[0] == '\0';
}

static int
enter(struct walk *w, const char *part)
{
	int dir;

	if (part[0] == '\0' || strcmp(part, ".") == 0)
		return 0;
	if (strcmp(part, "..") == 0)
		return go_up(w);
	dir = openat(w->dir, part, DIR_FLAGS);
	if (dir == -1 && (errno == ENOTDIR || errno == ELOOP))
		return take_other(w, part);
	w->depth++;
	return step_into(w, part, dir);
}

/* Walk to the end, or (name given) up to the last part. */
static int
walk(struct walk *w, char *name)
{
	char part[NAME_MAX + 1];
	int error = go_to_root(w);

	while (error == 0 && w->rest[0] != '\0') {
		bool last = next_part(w, part, &error);

		if (error != 0)
			break;
		if (last && name != NULL) {
			memcpy(name, part, sizeof part);
			return 0;
		}
		error = enter(w, part);
	}
	return error;
}

/* Judge what was entered once more: now anything in it may be used. */
static int
judge_inside(struct walk *w, const char *name)
{
	struct stat st;

	if (!w->writers->sticky)
		return 0;
	if (fstat(w->dir, &st) == -1)
		return errno;
	w->inside = true;
	judge(w, name, &st);
	return 0;
}

static int
find(struct walk *w, const char *path, struct place *place, char *name)
{
	char rest[PATH_MAX];
	int error;

	place->dir = w->dir = -1;
	place->writers = (struct writers){ .user = NO_UID };
	w->writers = &place->writers;
	if (strlcpy(rest, path, sizeof rest) >= sizeof rest)
		return ENAMETOOLONG;
	w->rest = rest;
	error = walk(w, name);
	if (error == 0 && name == NULL)
		error = judge_inside(w, path);
	if (error == 0 && name != NULL && (name[0] == '\0' ||
	    strcmp(name, ".") == 0 || strcmp(name, "..") == 0))
		error = EISDIR;
	if (error == 0)
		place->dir = w->dir;
	else if (w->dir != -1)
		close(w->dir);
	w->rest = NULL;
	return error;
}

int
place_find(int root, const char *path, const struct account *account,
    struct place *place)
{
	struct walk w = { .root = root, .account = account, .own = NO_UID };

	place->name[0] = '\0';
	return find(&w, path, place, place->name);
}

int
place_enter(int root, const char *path, const struct account *account,
    struct place *place)
{
	struct walk w = { .root = root, .account = account, .own = NO_UID };

	place->name[0] = '\0';
	return find(&w, path, place, NULL);
}

int
place_open(const char *path, const struct account *account, uid_t own, int *fd)
{
	struct walk w = { .root = -1, .account = account, .own = own,
	    .any = true };
	struct place place;
	int error = find(&w, path, &place, NULL);

	*fd = place.dir;
	return error;
}
