/* SPDX-License-Identifier: ISC
 *
 * ELF: what this machine executes itself, its loader and its capabilities.
 */
#ifndef BINARY_H
#define BINARY_H

#include <stdbool.h>
#include <stddef.h>

#include "program.h"

/* An examination under way. */
struct look {
	char			*detail;	/* FAULT_DETAIL */
	struct program_parts	*parts;		/* NULL: nobody wants them */
};

/* What it is about. */
void	look_tell(const struct look *, const char *what);

/* Is a file that begins like this one for the kernel itself? */
bool	binary_is_native(const char *head, size_t length);

/* A binary of the other word length may do: the kernel knows. */
bool	binary_is_other_class(const char *head);

/*
 * All that is to be mapped must be there, and the loader that it names; and
 * its file capabilities may not be too much.  0, an errno value or a reason.
 */
int	binary_examine(int fd, const char *head, const char *path,
	    bool is_interpreter, const struct look *);

#endif
