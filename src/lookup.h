/* SPDX-License-Identifier: ISC
 *
 * A name, or else a strict number, in the system's databases (NSS).
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <pwd.h>
#include <sys/types.h>

/* The entry of the user with this number, or NULL. */
const struct passwd	*passwd_of(uid_t);

/*
 * The user of this name, or with this number, and the entry, which is NULL for
 * a number without one.  0, an errno value or a reason.
 */
int	find_passwd(const char *, uid_t *, const struct passwd **entry);

/* The group of this name, or with this number.  Likewise. */
int	find_group(const char *, gid_t *);

#endif
