/* SPDX-License-Identifier: ISC
 *
 * The family of a daemon whose readiness is awaited: the daemon and all of its
 * descendants.  Orphans among them become the front's children, since it is
 * their subreaper: so nobody gets lost, as long as the front waits.
 */
#ifndef FAMILY_H
#define FAMILY_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* So many may hang. */
#define FAMILY_HELPERS	10

/* A child that looks for us, or (negative) a group of them: see aside.h. */
struct helper {
	pid_t	pid;		/* 0: none */
	bool	left;		/* to itself: killed, and reaped when it goes */
};

struct family {
	pid_t	front;		/* whose children orphans become */
	pid_t	daemon;		/* 0: it has ended, and is reaped */
	pid_t	group;		/* that it led at the start; 0: not yet */
	pid_t	session;	/* that it was started in */
	pid_t	check;		/* a child that runs --ready=check:, 0: none */
	bool	checked;	/* there has been one */
	struct helper helper[FAMILY_HELPERS];
	bool	alone;		/* we had no children before the start */
	siginfo_t failed;	/* the last orphan's bad end; si_pid 0: none */
};

/* Have we no children, such as the caller may have had before the exec? */
bool	family_is_alone(void);

/* Does it look for us, or has --ready=check: started it? */
bool	family_is_helper(const struct family *, pid_t);

/* Is this process one of the family?  Its zombie is, too. */
bool	family_has(const struct family *, pid_t);

/*
 * Call this for each living one, until it returns false.  0, or an errno value
 * if some of them may not have been found.
 */
int	family_visit(const struct family *, bool (*)(pid_t, void *), void *);

/*
 * Is one of them found alive, or may one have been born meanwhile?  0, or an
 * errno value if some may not have been found.
 */
int	family_find(const struct family *, bool *found);

/* Is there nobody left?  Not if that cannot be found out right now. */
bool	family_is_gone(const struct family *);

/* Is nobody left within that time? */
bool	family_goes(struct family *, int milliseconds);

/* Gone; or without /proc, nobody of its process group is seen any more. */
bool	family_is_out_of_reach(const struct family *);

/* Has the process children, or may it have?  Without /proc nobody can tell. */
bool	process_has_children(pid_t);

/*
 * Signal every one of them; without /proc, the daemon's process group.  Who
 * cannot be signalled is not gone: family_is_gone() tells.
 */
void	family_signal(const struct family *, int signal);

/* Reap whoever of the family has ended, but not the daemon: many at once. */
void	family_reap(struct family *);

#endif
