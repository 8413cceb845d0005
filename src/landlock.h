/* SPDX-License-Identifier: ISC
 *
 * landlock(7): what a program may do with files and TCP ports, decided by the
 * kernel once it is executed.  A ruleset names what is handled, and so denied;
 * its rules are the exceptions.
 */
#ifndef LANDLOCK_H
#define LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* The first versions of the interface that deny all that we promise. */
#define LANDLOCK_FILES	3	/* truncate(2) too: Linux 6.2 */
#define LANDLOCK_PORTS	4	/* Linux 6.7 */

/* What a path is allowed for; --ro is READ | EXECUTE, --rw READ | WRITE. */
enum { ALLOW_READ = 1, ALLOW_EXECUTE = 2, ALLOW_WRITE = 4 };

/*
 * Which version of the interface the running kernel has.  0, REASON_NO_LANDLOCK
 * or REASON_LANDLOCK_OFF with version 0, or an errno value.
 */
int	landlock_version(int *version);

/* A ruleset that denies all that this version can, as a descriptor. */
int	landlock_create(int version, bool files, bool ports, int *ruleset);

/* Allow what is at and below an open path.  0 or an errno value. */
int	landlock_allow_path(int ruleset, int version, int fd, int what);

/* Allow bind(2), or connect(2), to a TCP port.  0 or an errno value. */
int	landlock_allow_port(int ruleset, uint16_t port, bool bind);

/* Put this process under the ruleset, for good.  0 or an errno value. */
int	landlock_enforce(int ruleset);

#endif
