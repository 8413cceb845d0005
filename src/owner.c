/* SPDX-License-Identifier: ISC
 *
 * Owners in a user namespace.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "owner.h"
#include "paths.h"
#include "proc.h"

/* The kernel's choice; sysctl kernel.overflowuid could change it. */
#define OVERFLOW_ID	65534

static bool
are_all_mapped(const char *map)
{
	unsigned int inside, outside, count;
	char text[64];

	/* Without the file there are no namespaces, or nobody can tell. */
	return proc_read_text(map, text, sizeof text) <= 0 ||
	    (sscanf(text, "%u %u %u", &inside, &outside, &count) == 3 &&
	    inside == 0 && outside == 0 && count == UINT_MAX);
}

/* Only to the owner, and who may act for him, the kernel spares the atime. */
static void
disown(int dir, const char *name, int flags, struct stat *st)
{
	struct stat opened;
	int fd = -1;

	if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))
		fd = openat(dir, name, O_RDONLY | O_NOATIME | O_NONBLOCK |
		    O_NOCTTY | O_CLOEXEC | flags);
	if (fd == -1 || fstat(fd, &opened) == -1 || !same_file(&opened, st))
		st->st_uid = OWNER_STRANGER;
	if (fd != -1)
		close(fd);
}

static bool
is_vague(const struct stat *st)
{
	return st->st_uid == OVERFLOW_ID &&
	    !are_all_mapped("/proc/self/uid_map");
}

int
owner_stat(int fd, struct stat *st)
{
	char path[32];

	if (fstat(fd, st) == -1)
		return -1;
	if (is_vague(st)) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		disown(AT_FDCWD, path, 0, st);
	}
	return 0;
}

int
owner_stat_at(int dir, const char *name, struct stat *st)
{
	if (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (is_vague(st))
		disown(dir, name, O_NOFOLLOW, st);
	return 0;
}

bool
owner_group_is_vague(gid_t gid)
{
	return gid == OVERFLOW_ID && !are_all_mapped("/proc/self/gid_map");
}

uid_t
owner_shown(uid_t uid)
{
	return uid == OWNER_STRANGER ? OVERFLOW_ID : uid;
}
