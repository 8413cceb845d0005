/* SPDX-License-Identifier: ISC
 *
 * What /proc says of a process.
 */
#ifndef PROC_H
#define PROC_H

#include <stdbool.h>
#include <sys/types.h>

/* What we use of proc_pid_stat(5). */
struct proc_stat {
	char		   state;
	pid_t		   parent;
	unsigned long long flags;
	unsigned long long threads;
	unsigned long long start;
	unsigned long long code;	/* where it begins, 0: not mapped */
};

/* The first bytes of a small file, terminated.  The length, or -1. */
ssize_t	proc_read_text(const char *path, char *text, size_t size);

/*
 * The text of proc_pid_stat(5), and the four of the line "Uid:" of
 * proc_pid_status(5), without side effects.  0 or -1.
 */
int	proc_parse_stat(const char *text, struct proc_stat *);
int	proc_parse_uids(const char *text, unsigned int ids[4]);

/*
 * Of another process, or of this one.  0, or -1 where /proc does not tell.  By
 * chance, it may be one of another PID namespace: see proc_is_ours().
 */
int	proc_read_stat(pid_t, struct proc_stat *);
int	proc_read_self(struct proc_stat *);

/* Is it a zombie, without a thread that lives? */
bool	proc_is_dead(const struct proc_stat *);

/*
 * Is this process?  waitid(2) does not tell its parent of one that is traced
 * before its tracer has waited for it.  Without /proc, false.
 */
bool	pid_is_zombie(pid_t);

/*
 * A process whose first thread has ended is a zombie with threads: its
 * descriptors and its network are only told by one that lives, which this
 * is.  Else the process itself.
 */
pid_t	proc_living_thread(pid_t);

/* Are all four user ids of the process this one?  A dead one has none. */
bool	pid_belongs_to(pid_t, uid_t);

/* The effective user of the process, if the kernel tells. */
bool	pid_user(pid_t, uid_t *);

/* proc_pid_stat(5), to be read as often as need be.  A descriptor or -1. */
int	proc_open_stat(pid_t);

/*
 * Is it of a child of ours, and tells where code begins?  An old /proc may have
 * another one's, and gVisor's has 0 for everybody.
 */
bool	child_is_there(int stat);

/*
 * Has this child of ours executed a program since it was forked (PF_FORKNOEXEC
 * of proc_pid_stat(5)), dead or alive, as long as it is not reaped?  `stat` is
 * of proc_open_stat(), or -1.  1 yes, 0 no, -1 the kernel does not tell.
 */
int	child_has_executed(int stat, pid_t);

/*
 * Is the program of this child of ours mapped, so that it runs?  `stat` is of
 * proc_open_stat().  Where the kernel does not tell, true.
 */
bool	child_is_loaded(int stat, pid_t);

/* Does the kernel tell that at all, as far as our own /proc shows? */
bool	proc_tells_loaded(void);

/*
 * Is it mounted, to be read, and does it tell of our processes?  In a new pid
 * namespace, an old one still tells of others.
 */
bool	proc_is_ours(void);

/* Does it leave out whom we may not trace (hidepid=)?  If unknown, true. */
bool	proc_hides(void);

#endif
