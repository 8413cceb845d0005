/* SPDX-License-Identifier: ISC
 *
 * Resource limits as text and as values.  Nothing here touches the system.
 */
#ifndef RLIMITS_H
#define RLIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

enum limit {
#define LIMIT(name, resource, unit) LIMIT_##name,
#include "rlimits.def"
	LIMIT_COUNT
};

struct limits {
	bool		any;
	bool		asked[LIMIT_COUNT];
	struct rlimit	value[LIMIT_COUNT];
};

/*
 * NAME=SOFT[:HARD], one value sets both.  0; ENOENT: no such name; ERANGE:
 * SOFT is above HARD; EINVAL.
 */
int	limits_parse(const char *, struct limits *);

/* RLIMIT_... of a limit. */
int	limit_resource(enum limit);

/* One of them, or all that were asked, as the command line has them. */
void	limit_format(const struct limits *, enum limit, char *, size_t);
void	limits_format(const struct limits *, char *, size_t);

/* "as, core, ...": all names. */
void	limits_names(char *, size_t);

#endif
