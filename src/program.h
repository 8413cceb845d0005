/* SPDX-License-Identifier: ISC
 *
 * The program's file: whether the kernel would execute it, and if not, why.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "resolve.h"

#define PROGRAM_PATH	4096	/* PATH_MAX, for a loader's, too */

/* BINPRM_BUF_SIZE: how much of a file the kernel looks at. */
#define PROGRAM_HEAD	256

/*
 * How many scripts may be each other's interpreter, as in the kernel;
 * REASON_NESTED is what more of them are refused with.
 */
#define SCRIPTS_MAX	5

/* What the kernel opens besides the file itself. */
struct program_parts {
	char	interpreter[SCRIPTS_MAX][PROGRAM_HEAD];	/* of #! */
	int	interpreters;
	char	loader[PROGRAM_PATH];	/* of the last one, "": none */
};

/*
 * Is it a file that somebody may execute?  0; EISDIR, which a search in PATH
 * goes past, as it does where nothing is; or another errno value.
 */
int	program_kind(const char *path);

/* The same, and by its mode and mount, may it be executed here and now? */
int	program_judge(const char *path);

/* Open it for a look: a descriptor, or -1 and errno. */
int	program_open(const char *path);

/*
 * The program's path as execve(2) takes it, here and now, into `path`.  After
 * a chroot this is where PATH is searched.  0, an errno value or a reason.
 */
int	program_find(const struct resolved *, const char *name, char *path);

/*
 * Would execve(2) take this file, as far as the file itself tells?  0: yes;
 * otherwise why not, and in `detail` what it wants and does not find.
 */
int	program_examine(const char *path, char detail[FAULT_DETAIL]);

/* The same, and what else is opened for it, as far as it may be executed. */
int	program_take_apart(const char *path, struct program_parts *,
	    char detail[FAULT_DETAIL]);

/* Is this one, or what else is opened for it, the file of descriptor `fd`? */
bool	program_is_file(const char *path, const struct program_parts *,
	    int fd);

/*
 * Would the kernel execute it, with these arguments and environment, as far as
 * it can be asked?  0 or errno.
 */
int	program_allowed(const char *path, char *const *argv,
	    char *const *envp);

/* Why execve(2) has refused this file with this errno; see above. */
int	program_refused(const char *path, int error,
	    char detail[FAULT_DETAIL]);

#endif
