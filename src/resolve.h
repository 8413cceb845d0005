/* SPDX-License-Identifier: ISC
 *
 * What was asked, resolved: ids, absolute paths, the environment, the program.
 * All of it before anything changes, with the caller's rights and in the
 * caller's root and directory.
 */
#ifndef RESOLVE_H
#define RESOLVE_H

#include "account.h"
#include "confine.h"
#include "environ.h"
#include "report.h"
#include "spec.h"

/* Where a standard descriptor of the daemon comes from. */
struct source {
	enum { SOURCE_NULL, SOURCE_KEEP, SOURCE_FD, SOURCE_FILE } kind;
	int	 fd;		/* SOURCE_FD: the caller's */
	const char *path;	/* SOURCE_FILE: absolute */
	const char *asked;	/* as the command line has it, for messages */
};

/* Who a socket in the file system belongs to. */
struct owner {
	uid_t	uid;
	gid_t	gid;
};

struct resolved {
	struct account		 account;
	struct environment	 env;
	const char		*chdir;		/* in the new root */
	const char		*chroot;	/* NULL: none */
	const char		*pidfile;	/* NULL: none */
	const char		*called;	/* pidfile or name, as asked */
	const char		*lockfile;	/* NULL: none */
	const char		**awaited;	/* for each of spec->ready: the
						   path of file:PATH, or NULL */
	struct source		 streams[3];	/* for 0, 1 and 2 */
	int			*keep_fds;
	size_t			 keep_count;
	struct owner		*listen_owners;	/* as many as spec->listen */
	char			*listen_pid;	/* in env; NULL: none */
	struct confinement	 confinement;
	const char		*program;	/* NULL: see program_find() */
};

/*
 * `closed` has bit N set if the caller had descriptor N closed.
 * 0, or an error with the fault filled in.
 */
int	resolve(const struct daemon_spec *, unsigned int closed,
	    struct resolved *, struct fault *);

/* The number in a name that means one of our descriptors, or -1. */
int	descriptor_named(const char *path);

/*
 * The next place where PATH would have the program: *path moves on, NULL
 * after the last.  false: there is none that could be looked at.
 */
bool	next_candidate(const char **path, const char *name, char *candidate,
	    size_t size);

/* The steps of resolve() that find the program (resolve_program.c). */
int	resolve_program(const struct daemon_spec *, struct resolved *,
	    struct fault *);

/* The one that deals with --ready, after the outputs (resolve_ready.c). */
int	resolve_ready(const struct daemon_spec *, struct resolved *,
	    struct fault *);

/* The one that deals with --listen (resolve_sockets.c). */
int	resolve_sockets(const struct daemon_spec *, struct resolved *,
	    struct fault *);

/*
 * --restart: nothing is stopped for a start that could be seen to fail, by its
 * paths or its program (foresee.c).  A child looks, since a file system may
 * hang: within some seconds, and without making or locking anything, or opening
 * what others would notice.  0, or the fault.
 */
int	foresee(const struct daemon_spec *, const struct resolved *,
	    struct fault *);

/*
 * The caller's path as an absolute one, borrowed if it is; NULL stays.
 * 0, or the fault.
 */
int	resolve_path(const char *path, const char **absolute, struct fault *);

/* The same in the daemon's root. */
int	resolve_inside(const struct daemon_spec *, const char *path,
	    const char **absolute, struct fault *);

#endif
