/* SPDX-License-Identifier: ISC
 *
 * Where a path leads, and who else could have made it lead there.  A path is
 * walked directory by directory (openat(2)), never handed to the kernel whole,
 * so that what was checked is what is used.
 */
#ifndef PATHS_H
#define PATHS_H

#include <sys/stat.h>

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "account.h"

#define NO_UID	((uid_t)-1)

/* Who, besides root and ourselves, could change a directory on the way. */
struct writers {
	uid_t	user;		/* the owner of one, NO_UID: nobody */
	bool	users;		/* several owners */
	bool	group;		/* a group, or whom a list names */
	bool	named;		/* a user in an access control list */
	bool	world;		/* anybody */
	bool	account;	/* the daemon's user, in any of these ways */
	bool	sticky;		/* anybody can add to the last directory */
	bool	moved;		/* or moved a link on the way there */
	char	culprit[96];	/* the first such directory, for messages: */
	bool	worse;		/* not only a group's */
};

/* A path's directory, and its last part. */
struct place {
	int		dir;	/* O_PATH, close-on-exec; -1: none */
	char		name[NAME_MAX + 1];
	struct writers	writers;
};

/*
 * Walk an absolute path from the directory `root` (-1: our own) to its last
 * part, which may be missing.  Symbolic links on the way must be root's or our
 * own.
 * 0, an errno value or a reason.
 */
int	place_find(int root, const char *path, const struct account *,
	    struct place *);

/*
 * The same for a directory, last part included: place.dir is it.  Whoever can
 * add to it counts, sticky or not.
 */
int	place_enter(int root, const char *path, const struct account *,
	    struct place *);

/*
 * Open (O_PATH) what an absolute path leads to, whatever it is, by no link but
 * root's and those of the user `own`.
 * 0, an errno value or a reason; then *fd is -1.
 */
int	place_open(const char *path, const struct account *, uid_t own,
	    int *fd);

void	place_close(struct place *);

/*
 * May this place hold what decides over processes of `uid`: could nobody
 * change it but root, ourselves and, if we are root, that user?
 * 0 or REASON_LOOSE_DIR.
 */
int	place_trusted(const struct place *, uid_t uid);

/*
 * Change the root to a directory that can be trusted so, and enter it:
 * place.dir.  0, an errno value or a reason.
 */
int	place_make_root(const char *path, const struct account *,
	    struct place *);

/*
 * Could another user have moved this file of somebody else's there, who has no
 * right to read it?  Not if it is the daemon's user's, `owner`.
 */
bool	place_is_doubtful(const struct place *, const struct stat *,
	    uid_t owner);

/* Can a group write to this file that is more than ourselves? */
bool	group_can_write(int fd, const struct stat *);

/*
 * Is it a regular file with no other link, of root's, ours or `owner`'s?
 * 0 or a reason.
 */
int	judge_file(const struct stat *, uid_t owner);

/* Of one device and inode, as long as one of the two is held. */
bool	same_file(const struct stat *, const struct stat *);

/* Is a file's owner root or ourselves? */
bool	is_our_own(uid_t owner);

/*
 * Open a regular file for reading and check by its descriptor that it has one
 * link, is ours or `owner`'s, and that nobody else can write to it.
 * 0, an errno value or a reason.
 */
int	place_read(const struct place *, const char *name, uid_t owner,
	    int *fd);

/*
 * Unlink a name in the place, but only while it means this very file.  Does it
 * mean something else by now, or nothing?
 */
bool	place_unlink(const struct place *, const char *name,
	    const struct stat *);

/*
 * May this name there be used so, as for access(2)?  Where capabilities go
 * beyond modes, older kernels would not tell, and it may.  0 or errno.
 */
int	place_may(const struct place *, const char *name, int how);

/*
 * The caller's path as an absolute one, in memory of its own.
 * 0, an errno value or REASON_NO_CWD.
 */
int	path_absolute(const char *path, char **absolute);

/* May what this path (NULL: none) leads to depend on our descriptors? */
bool	path_is_about_us(const char *path);

/* access(2) by the effective ids, from a directory or not: 0 or errno. */
int	access_at(int dir, const char *path, int how);
int	path_access(const char *path, int how);

#endif
