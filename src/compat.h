/* SPDX-License-Identifier: ISC
 *
 * What libbsd would bring, where there is none.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <sys/types.h>

#ifndef HAVE_LIBBSD
/*
 * setmode(3) and getmode(3).  The grammar is that of POSIX chmod, symbolic
 * modes only, and a clause without a "who" means everybody.
 */
void	*setmode(const char *);
mode_t	 getmode(const void *, mode_t base);
#endif

#endif
