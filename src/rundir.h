/* SPDX-License-Identifier: ISC
 *
 * The run directory: where --name keeps its pidfiles.  Root's is
 * /run/daemonize (configure's --runstatedir); another user's is
 * $XDG_STATE_HOME/daemonize/HOST, since what a login session has goes with it.
 */
#ifndef RUNDIR_H
#define RUNDIR_H

#include <stdbool.h>

/* [A-Za-z0-9_][A-Za-z0-9._-]*, not ending in .id or .lock. */
bool	is_daemon_name(const char *);

/*
 * The directory's absolute path, in memory of its own.  0, errno, or
 * REASON_NO_HOME where nothing says where a home is.
 */
int	rundir_path(char **path);

/* The pidfile of this name there.  Likewise. */
int	rundir_pidfile(const char *name, char **path);

/*
 * Create this directory as far as it is missing.  0, or errno; then `path` ends
 * with what is in the way.
 */
int	rundir_create(char *path);

#endif
