/* SPDX-License-Identifier: ISC
 *
 * What the program may reach: as asked, and as it is denied and proven to be.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account.h"
#include "report.h"
#include "spec.h"

/* A path, and what is allowed at and below it. */
struct grant {
	const char	*asked;		/* as the command line has it */
	const char	*path;		/* absolute, inside of a new root */
	int		 what;		/* landlock.h */
	struct stat	 st;		/* of what it was given to */
};

struct confinement {
	bool		 files;		/* none but these */
	bool		 ports;		/* no network but these */
	const struct account *account;	/* the daemon's user */
	uid_t		 caller;	/* our effective user so far */
	struct grant	*grant;
	size_t		 grants;
	uint16_t	*bind;
	size_t		 binds;
	uint16_t	*connect;
	size_t		 connects;
	struct attempt	*attempt;	/* room for all that can be tried */
};

/* 0, or an error with the fault filled in. */
int	confinement_resolve(const struct daemon_spec *, const struct account *,
	    struct confinement *, struct fault *);

/* The first version of Landlock that can deny what is asked. */
int	confinement_needs(const struct confinement *);

/*
 * Confine this process for good: no_new_privs, the network, the ruleset.  What
 * worked before is tried again: something must be denied now, and of what was
 * granted nothing.  0, an errno value, or REASON_NOT_TAKEN.
 */
int	confinement_enforce(const struct confinement *, int ruleset);

#endif
