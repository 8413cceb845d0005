/* SPDX-License-Identifier: ISC
 *
 * Access control lists, as the kernel has them: linux/posix_acl_xattr.h.
 */
#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "acl.h"
#include "paths.h"

#define LIST_MAX	4096

/* A header, then entries of a tag, rights and an id, all little-endian. */
#define HEADER_SIZE	4
#define ENTRY_SIZE	8
#define RIGHTS_AT	2
#define ID_AT		4
#define TAG_USER	0x02
#define RIGHT_WRITE	0x02

static const char attribute[] = "system.posix_acl_access";

/* Without /proc: a directory can be opened for reading, by a descriptor. */
static ssize_t
read_again(int fd, unsigned char *list)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;
	ssize_t n = fgetxattr(again != -1 ? again : fd, attribute, list,
	    LIST_MAX);

	error = errno;
	if (again != -1)
		close(again);
	errno = error;
	return n;
}

/* Through /proc, since O_PATH descriptors do not tell. */
static ssize_t
read_list(int fd, unsigned char *list)
{
	char path[40];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	n = getxattr(path, attribute, list, LIST_MAX);
	return n == -1 && errno == ENOENT ? read_again(fd, list) : n;
}

static bool
is_none(ssize_t n)
{
	return n == -1 && (errno == ENODATA || errno == ENOTSUP);
}

bool
acl_is_there(int fd)
{
	unsigned char list[LIST_MAX];

	return !is_none(read_list(fd, list));
}

static uid_t
id_at(const unsigned char *entry)
{
	return (uid_t)entry[0] | (uid_t)entry[1] << 8 |
	    (uid_t)entry[2] << 16 | (uid_t)entry[3] << 24;
}

bool
acl_lets_user_write(int fd)
{
	unsigned char list[LIST_MAX];
	ssize_t n = read_list(fd, list);

	if (n == -1)
		return !is_none(n);
	for (ssize_t i = HEADER_SIZE; i + ENTRY_SIZE <= n; i += ENTRY_SIZE)
		if (list[i] == TAG_USER &&
		    (list[i + RIGHTS_AT] & RIGHT_WRITE) != 0 &&
		    !is_our_own(id_at(&list[i + ID_AT])))
			return true;
	return false;
}
