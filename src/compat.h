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

#ifndef HAVE_STRUCT_STATX
#include <linux/stat.h>

/* statx(2). */
int	 statx(int dir, const char *path, int flags, unsigned int mask,
	    struct statx *);
#endif

#endif
