/* SPDX-License-Identifier: ISC
 *
 * The program's file: whether the kernel would execute it, and if not, why.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>

#include "resolve.h"

#define PROGRAM_PATH	4096

/*
 * The program's path as execve(2) takes it, here and now, into `path`.  After
 * a chroot this is where PATH is searched.  0, an errno value or a reason.
 */
int	program_find(const struct resolved *, const char *name, char *path);

/*
 * Would execve(2) take this file, with these arguments and environment?  0:
 * yes, as far as can be told; otherwise why not, and in `detail` what it wants
 * and does not find.
 */
int	program_check(const char *path, char *const *argv, char *const *envp,
	    char *detail, size_t size);

/* The same, only as far as the file itself tells. */
int	program_examine(const char *path, char *detail, size_t size);

/* Why execve(2) has refused this file with this errno; see above. */
int	program_refused(const char *path, int error, char *detail,
	    size_t size);

#endif
