/* SPDX-License-Identifier: ISC
 *
 * What libbsd or a younger C library would bring, where there is none.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <sys/types.h>

#if !defined(HAVE_LIBBSD) && !defined(HAVE_STRLCPY)
/* strlcpy(3). */
size_t	 strlcpy(char *, const char *, size_t);
#endif

#ifndef HAVE_LIBBSD
/*
 * setmode(3) and getmode(3).  The grammar is that of POSIX chmod, symbolic
 * modes without s and t only, and a clause without a "who" means everybody.
 */
void	*setmode(const char *);
mode_t	 getmode(const void *, mode_t base);
#endif

#ifndef HAVE_STRUCT_STATX
#include <linux/stat.h>

/* statx(2). */
int	 statx(int dir, const char *path, int flags, unsigned int mask,
	    struct statx *);
#endif

#endif
