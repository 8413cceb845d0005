/* SPDX-License-Identifier: ISC
 *
 * ELF: what this machine's kernel executes itself, of both classes, its loader
 * and its capabilities.
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

/*
 * Of a file that begins like this one: is it for the kernel itself, of the own
 * or the other word length, is all there that is to be mapped, and the loader
 * that it names; and are its file capabilities not too much?  0, an errno value
 * or a reason.
 */
int	binary_examine(int fd, const char *head, size_t length,
	    const char *path, bool is_interpreter, const struct look *);

/* Does it lack something that is to be mapped?  Nothing else is opened. */
bool	binary_is_cut_off(int fd);

#endif
