/* SPDX-License-Identifier: ISC
 *
 * The pidfile FILE, the identity FILE.id beside it, and FILE.lock, which
 * serialises everybody who wants to change the two.
 */
#ifndef PIDFILE_H
#define PIDFILE_H

#include <sys/stat.h>

#include <signal.h>

#include "account.h"
#include "lock.h"
#include "paths.h"

/* Room for any name that we derive; the kernel refuses those too long. */
#define PIDFILE_NAME	(NAME_MAX + 32)

enum pidfile_part { PART_PID, PART_ID, PART_COUNT };

struct pidfile {
	struct place	place;
	uid_t		uid;		/* the daemon's user, who may own the
					   directory */
	struct lock	lock;
	struct {
		int		fd;	/* under its temporary name; -1: none */
		struct stat	st;
		struct stat	old;	/* what it replaces; st_ino 0: none */
	} part[PART_COUNT];
};

void	pidfile_init(struct pidfile *);

/* The name of FILE or FILE.id in its place. */
void	pidfile_part_name(const struct pidfile *, enum pidfile_part,
	    char name[PIDFILE_NAME]);

/* Does a pidfile of the name `base` need this name beside it for itself? */
bool	pidfile_needs_name(const char *base, const char *name);

/* Does a pidfile that has been found need what is in this place? */
bool	pidfile_needs_place(const struct pidfile *, const struct place *);

/* Find the place and see that it can be trusted. */
int	pidfile_find(struct pidfile *, const char *path,
	    const struct account *);

/* Take FILE.lock; see lock_wait(). */
int	pidfile_lock(struct pidfile *, const sigset_t *signals);

/*
 * With the lock held: 0 if nothing of this name runs; REASON_ALREADY with
 * *pid; REASON_DOUBT with *pid; or why the files cannot be trusted.
 */
int	pidfile_check(const struct pidfile *, pid_t *pid);

/* Create both files under temporary names. */
int	pidfile_prepare(struct pidfile *);

/* Write this process into them and give them their names, FILE.id first. */
int	pidfile_publish(struct pidfile *);

/* The start is decided: remove what was replaced, and FILE.lock. */
void	pidfile_settle(struct pidfile *);

/*
 * After a failed start: remove what is ours, put back what was replaced (where
 * the file system can exchange names), and remove FILE.lock.
 */
void	pidfile_withdraw(struct pidfile *);

#endif
