/* SPDX-License-Identifier: ISC
 *
 * Run control: what is done to a daemon that was started before, once it is
 * proven to be that daemon.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>

#include "identity.h"
#include "pidfile.h"
#include "report.h"
#include "spec.h"

/* A daemon, as its pidfile has it. */
struct target {
	struct pidfile		 files;
	enum pidfile_state	 state;
	struct identity		 id;
	pid_t			 pid;	/* 0: none */
	int			 pidfd;	/* -1: the kernel has none */
	bool			 leads;		/* a process group */
	pid_t			 session;	/* of that; 0: one of another
						   PID namespace, -1: that is
						   not told */
	int			 signal;	/* it was sent last; 0: none */
	int			 signals;	/* signalfd(2), ends a wait */
	bool			 interrupted;
};

/*
 * Look at a pidfile: 0 with the target's state, or why it cannot be believed,
 * with the fault's error and detail filled in.  RUNNING is proven, and stays
 * so as long as the pidfd is used.
 */
void	target_init(struct target *);
int	target_find(struct target *, const char *path, struct fault *);
void	target_close(struct target *);

/* Its two halves: where it is, and what is there (now). */
int	target_place(struct target *, const char *path, struct fault *);
int	target_look(struct target *, struct fault *);

/* Signal it: through the pidfd, or after looking once more.  0 or errno. */
int	target_signal(const struct target *, int signal);

/*
 * Has it ended, and has its number got another process?  As long as the group
 * that it led has members, the number is not given away.
 */
bool	target_is_another(const struct target *);

/*
 * Signal it, or the process group it leads if asked; then CONT.  Whose it is
 * by now is looked at before each signal.  0, or why not: EPERM also where
 * nobody tells its session, and then its group, or once it has ended and the
 * session is of another PID namespace.
 */
int	target_end(const struct target *, bool group, int signal);

/*
 * Signal every process of the group that the target leads or has led (group.c),
 * or, with 0, only look; with SIGKILL until none is left, as far as that comes
 * to an end.  ESRCH: there is none but zombies; another errno value
 * or a reason: nobody can tell, or one of them cannot be signalled or is not
 * to be, see pidfile_vouches().
 */
int	group_signal(const struct target *, int signal);

/*
 * Is it gone, and its process group if asked, or does it go within so many
 * milliseconds?  A signal ends the wait: interrupted is then set.
 */
bool	target_gone(struct target *, bool group, long milliseconds);

/* Find where what the command line means is, and what is there. */
int	control_find(const struct daemon_spec *, struct target *,
	    struct fault *);

/* --stop, --signal, --reload: the exit status, with everything said. */
int	control_stop(const struct daemon_spec *);
int	control_signal(const struct daemon_spec *);

/* --status (show.c) and --list (list.c): likewise. */
int	control_status(const struct daemon_spec *);
int	control_list(const struct daemon_spec *);

#endif
