/* SPDX-License-Identifier: ISC
 *
 * strlcpy(3), where nobody else brings it, and statx(2), where it may be
 * missing.
 */
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
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

static int
stat_as_statx(int dir, const char *path, int flags, struct statx *to)
{
	struct stat st;

	if (fstatat(dir, path, &st, flags & (AT_EMPTY_PATH |
	    AT_SYMLINK_NOFOLLOW)) == -1)
		return -1;
	memset(to, 0, sizeof *to);
	to->stx_mask = STATX_INO;
	to->stx_ino = st.st_ino;
	to->stx_dev_major = major(st.st_dev);
	to->stx_dev_minor = minor(st.st_dev);
	return 0;
}

/* Not the C library's, whose way out refuses flags, and knows no EPERM. */
int
get_statx(int dir, const char *path, int flags, unsigned int mask,
    struct statx *st)
{
	int result = (int)syscall(SYS_statx, dir, path, flags, mask, st);

	return result == -1 && (errno == ENOSYS || errno == EPERM) ?
	    stat_as_statx(dir, path, flags, st) : result;
}
