/* SPDX-License-Identifier: ISC
 *
 * Which process a pid means: its start time and the boot tell it from a later
 * one with the same number, and so does the pidfd's inode where the kernel
 * has pidfs (Linux 6.9).
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdatomic.h>
#include <stddef.h>
#include <sys/types.h>

#define BOOT_ID_LENGTH	36
#define IDENTITY_TEXT	256

/* Was there anything to wait for (--ready), and has it come? */
enum readiness { READINESS_UNASKED, READINESS_NO, READINESS_YES };

struct identity {
	pid_t		   pid;
	unsigned long long start;	/* ticks since boot, 0: unknown */
	char		   boot[BOOT_ID_LENGTH + 1];	/* "": unknown */
	unsigned long long inode;	/* of the pidfd, 0: unknown */
	enum readiness	   ready;
};

enum life { LIFE_DEAD, LIFE_ALIVE, LIFE_UNKNOWN };

/*
 * What a process is told of itself, by one that had the time to look and shares
 * its memory.  Without that, nothing is ever known.
 */
struct told {
	pid_t		middle;		/* its pid, as the front sees it; 0:
					   not known */
	pid_t		pid;		/* 0: not known */
	struct identity	id;
	atomic_bool	known;		/* that is there, and proves it */
	atomic_int	inside;		/* its pid, while it shares our memory;
					   0: it has left; -1: not known */
};

/* Look for a process, told->pid, that cannot be reaped meanwhile. */
void	identity_tell(struct told *);

/*
 * This process, which need not look for what it has been told by now (NULL:
 * nothing).  0, or REASON_NO_IDENTITY where nothing could tell it apart.
 */
int	identity_self(const struct told *, struct identity *);

/* A process that cannot be reaped meanwhile, or is looked at again. */
int	identity_of(pid_t, struct identity *);

/* "no" or "yes", "" if nothing was asked for. */
const char	*readiness_word(enum readiness);

/* The text of a record, of at most IDENTITY_TEXT bytes.  Returns its length. */
size_t	identity_format(const struct identity *, char *);

/* Does that very process live?  A zombie does not. */
enum life	identity_life(const struct identity *);

/*
 * The same, with a pidfd that means that very process and no later one: what
 * has been proven stays proven.  -1 where the kernel has none, or it is not
 * known to live.
 */
enum life	identity_open(const struct identity *, int *pidfd);

/* Does any process with this id live?  A zombie does not. */
enum life	pid_life(pid_t);

#endif
