/* SPDX-License-Identifier: ISC
 *
 * Who the daemon is going to be: names to ids.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "report.h"
#include "spec.h"

struct account {
	uid_t	 uid;
	gid_t	 gid;
	gid_t	*groups;	/* ascending, once each, the primary included */
	size_t	 group_count;
	bool	 named;		/* a user was asked for; then these are set: */
	char	*name;		/* the number, without a passwd entry */
	char	*home;
	char	*shell;
	bool	 differs;	/* not what this process is now */
};

/*
 * Resolve --user, --group and --groups: a name first, then a strict number.
 * Without them, it is the caller.  0, or an error with the fault filled in.
 */
int	account_resolve(const struct daemon_spec *, struct account *,
	    struct fault *);

bool	account_has_group(const struct account *, gid_t);

/* The supplementary groups of this process, ascending.  0 or errno. */
int	current_groups(gid_t **, size_t *);

#endif
