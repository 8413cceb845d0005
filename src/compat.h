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

/* struct statx is there or here. */
#include <sys/stat.h>
#ifndef HAVE_STRUCT_STATX
#include <linux/stat.h>
#endif

/*
 * statx(2), or what stat(2) tells where the kernel or a filter has none: no
 * time of birth and no attributes.
 */
int	 get_statx(int dir, const char *path, int flags, unsigned int mask,
	    struct statx *);

#endif
