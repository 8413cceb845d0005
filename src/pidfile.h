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
#include "identity.h"
#include "lock.h"
#include "paths.h"

/* Room for any name that we derive; the kernel refuses those too long. */
#define PIDFILE_NAME	(NAME_MAX + 32)

enum pidfile_part { PART_PID, PART_ID, PART_COUNT };

struct fault;

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

/*
 * The one that it is written under.  Whoever holds FILE.lock is alone with it,
 * so it needs no random part, and a crash leaves nothing that the next start
 * does not clear away.
 */
void	pidfile_temporary_name(const struct pidfile *, enum pidfile_part,
	    char name[PIDFILE_NAME]);

/* Is there nothing of this name in its place, for certain? */
bool	pidfile_is_gone(const struct pidfile *, const char *name);

/* Does a pidfile of the name `base` need this name beside it for itself? */
bool	pidfile_needs_name(const char *base, const char *name);

/* Does a pidfile that has been found need what is in this place? */
bool	pidfile_needs_place(const struct pidfile *, const struct place *);

/* Find the place and see that it can be trusted. */
int	pidfile_find(struct pidfile *, const char *path,
	    const struct account *);

/* Take FILE.lock; see lock_wait().  What is wrong with it has a detail. */
int	pidfile_lock(struct pidfile *, const sigset_t *signals,
	    struct fault *);

/*
 * Files that another user could have written speak of his processes only, with
 * NO_UID of any: of this one?  0, REASON_NOT_THEIRS or REASON_NO_OWNER.
 */
int	pidfile_vouches(uid_t author, pid_t);

/*
 * With the lock held: 0 if nothing of this name runs; REASON_ALREADY with
 * *pid; REASON_DOUBT with *pid; or why the files cannot be trusted, with the
 * fault's detail if it is not FILE itself.
 */
int	pidfile_check(const struct pidfile *, pid_t *pid, struct fault *);

/* What the two files say, as far as it can be proven. */
enum pidfile_state {
	PIDFILE_NONE,		/* there is neither */
	PIDFILE_STALE,		/* the daemon they name is gone */
	PIDFILE_RUNNING,	/* it lives */
	PIDFILE_DOUBT		/* a process lives, but what it is, who knows */
};

/*
 * Find a pidfile that is to be believed, not written.  p->uid is then who
 * else, but root and ourselves, could have written it, NO_UID: nobody.  Only
 * processes that are all his may be taken for the daemon.
 * 0 or why it cannot be trusted.
 */
int	pidfile_find_to_read(struct pidfile *, const char *path);

/*
 * 0 with the state, the identity (its pid is 0 without one) and the pid that
 * is meant, 0 without any; or why the files cannot be trusted, with the fault's
 * detail if it is not FILE itself.  Without the lock, too: what is in doubt is
 * looked at again.
 */
int	pidfile_look(const struct pidfile *, enum pidfile_state *,
	    struct identity *, pid_t *, struct fault *);

/*
 * With the lock held, and the daemon gone: remove both, as long as they name
 * it.  Without one, its pid is 0: remove an empty FILE.id, and FILE with it, if
 * this is not there or empty, too.  0, or why what is to go is still there.
 */
int	pidfile_forget(const struct pidfile *, const struct identity *);

/* With the lock held: remove what a start that crashed has left. */
void	pidfile_clear(const struct pidfile *);

/* Let go of FILE.lock, and remove it. */
void	pidfile_unlock(struct pidfile *);

/*
 * Create both files under temporary names.  What is in the way of one has a
 * detail.
 */
int	pidfile_prepare(struct pidfile *, struct fault *);

/*
 * Write a process into them and give them their names, FILE.id first, which is
 * the detail of what fails of it.
 */
int	pidfile_publish(struct pidfile *, const struct identity *,
	    struct fault *);

/*
 * The start has succeeded: write what is known now, FILE only if it names
 * another process, or is gone.  What was replaced is gone from then on.
 * REASON_MOVED: another start has written FILE.id meanwhile.  Details are those
 * of pidfile_prepare().
 */
int	pidfile_rewrite(struct pidfile *, const struct identity *,
	    bool new_pid, struct fault *);

/* The start is decided: remove what was replaced, and FILE.lock. */
void	pidfile_settle(struct pidfile *);

/*
 * After a failed start: remove what is ours, put back what was replaced (where
 * the file system can exchange names), and remove FILE.lock.
 */
void	pidfile_withdraw(struct pidfile *);

#endif
