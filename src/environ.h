/* SPDX-License-Identifier: ISC
 *
 * The daemon's environment: what passes from the caller (environ.def), what
 * the user brings, the files of --env-file and the words of --env.
 */
#ifndef ENVIRON_H
#define ENVIRON_H

#include "account.h"
#include "report.h"
#include "spec.h"

enum drop_class { DROP_LOADER, DROP_MANAGER, DROP_TERMINAL, DROP_LOGIN };

/* A row of environ.def. */
struct drop_row {
	const char	*pattern;	/* ends in *, or is a whole name */
	enum drop_class	 class;
	const char	*reason;
	enum { ALWAYS, WHEN_DETACHED, WHEN_USER } when;
};

/* A variable that did not pass, and that nothing else has set. */
struct dropped {
	const char	*variable;	/* NAME=VALUE, the caller's */
	const char	*reason;
	enum drop_class	 class;
};

#define ENV_NOTIFY	"NOTIFY_SOCKET="
#define ENV_NOTIFY_SIZE	128

/* So many variables, and dropped ones, do without an allocation. */
#define ENV_FEW		96
#define ENV_FEW_DROPPED	32

/* Not to be copied: what is few is in it. */
struct environment {
	char		**vars;		/* as execve(2) takes them */
	size_t		  count;
	size_t		  room;
	struct dropped	 *dropped;
	size_t		  dropped_count;
	size_t		  dropped_room;
	char		 *few[ENV_FEW];
	struct dropped	  few_dropped[ENV_FEW_DROPPED];
	char		 *notify;	/* NOTIFY_SOCKET=, filled in later, of
					   ENV_NOTIFY_SIZE; NULL: none */
	int		  listen_fds;	/* sockets that it says pass, from 3 */
};

/* Build it.  0, or an error with the fault filled in. */
int	environ_build(const struct daemon_spec *, const struct account *,
	    char **caller, struct environment *, struct fault *);

/* Nothing is in it yet. */
void	environ_init(struct environment *);

/* A variable's value there, or NULL. */
const char	*environ_get(const struct environment *, const char *name);

/*
 * The row that keeps a variable, whose name has this length, from passing, or
 * NULL (envfilter.c).
 */
const struct drop_row	*environ_row(const struct daemon_spec *,
			    const char *variable, size_t length);

/* Does --env name a variable, whose name has this length (envfilter.c)? */
bool	environ_is_asked_for(const struct daemon_spec *, const char *variable,
	    size_t length);

/* Does it pass with --clear-env? */
bool	is_kept_when_clear(const char *variable, size_t length);

/* Does it pass, with its row?  `listening`: sockets were passed to us. */
bool	environ_passes(const struct daemon_spec *, const char *variable,
	    size_t length, const struct drop_row *, bool listening);

size_t	environ_name_length(const char *variable);

/*
 * Set a variable, NAME=VALUE, instead of whatever has that name: getenv(3) may
 * find the first.  It is not among the dropped, then.  The string is borrowed.
 * 0 or an errno value.
 */
int	environ_set(struct environment *, char *);

/*
 * Nobody else may set a variable that an option hands out: is it among --env,
 * or in what has been built so far?  With --keep-env it may be the caller's.
 * 0, or the fault filled in (envfilter.c).
 */
int	environ_claim(const struct daemon_spec *, const struct environment *,
	    const char *name, const char *option, struct fault *);

/* Remove a variable, if it is there. */
void	environ_unset(struct environment *, const char *name);

/* Set the variables of a file (envfile.c).  0, or the fault filled in. */
int	environ_read(const struct account *, const char *name,
	    struct environment *, struct fault *);

/* Where programs are searched: its PATH, or else the default. */
const char	*environ_path(const struct environment *,
		    const struct account *);

#endif
