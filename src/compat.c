/* SPDX-License-Identifier: ISC
 *
 * strlcpy(3) and statx(2), where nobody else brings them.
 */
#include <sys/syscall.h>

#include <string.h>
#include <unistd.h>

#include "compat.h"

#if !defined(HAVE_LIBBSD) && !defined(HAVE_STRLCPY)

size_t
strlcpy(char *to, const char *from, size_t size)
{
	size_t length = strlen(from), n = length < size ? length : size - 1;

	memcpy(to, from, n);
	to[n] = '\0';
	return length;
}

#endif

#ifndef HAVE_STRUCT_STATX

int
statx(int dir, const char *path, int flags, unsigned int mask,
    struct statx *st)
{
	return (int)syscall(SYS_statx, dir, path, flags, mask, st);
}

#endif
