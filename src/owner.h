/* SPDX-License-Identifier: ISC
 *
 * Who owns a file.  All ids that a user namespace does not map show as one,
 * which may be somebody's there, too: user_namespaces(7).
 */
#ifndef OWNER_H
#define OWNER_H

#include <sys/stat.h>

#include <stdbool.h>
#include <sys/types.h>

/* Nobody's whom we know; st_uid of what shows as the one, and is not his. */
#define OWNER_STRANGER	((uid_t)-2)

/* As fstat(2), and as fstatat(2) of a name that is no link. */
int	owner_stat(int fd, struct stat *);
int	owner_stat_at(int dir, const char *name, struct stat *);

/* Could this group be another that is not mapped? */
bool	owner_group_is_vague(gid_t);

/* For messages: as the kernel shows it. */
uid_t	owner_shown(uid_t);

#endif
