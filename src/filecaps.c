/* SPDX-License-Identifier: ISC
 *
 * File capabilities, as a binary brings them: the xattr of capabilities(7).
 */
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include <endian.h>
#include <linux/capability.h>

#include "filecaps.h"
#include "privs.h"

/* What is permitted by them, 0 without the effective bit. */
static uint64_t
wanted(int fd)
{
	struct vfs_cap_data data;

	/*
	 * What counts here is read as version 2, whatever is on the disk: the
	 * kernel leaves version 3 to those of another user namespace.
	 */
	if (fgetxattr(fd, "security.capability", &data, sizeof data) !=
	    XATTR_CAPS_SZ_2 ||
	    (le32toh(data.magic_etc) & VFS_CAP_REVISION_MASK) !=
	    VFS_CAP_REVISION_2 ||
	    (le32toh(data.magic_etc) & VFS_CAP_FLAGS_EFFECTIVE) == 0)
		return 0;
	return (uint64_t)le32toh(data.data[1].permitted) << 32 |
	    le32toh(data.data[0].permitted);
}

uint64_t
filecaps_lacking(int fd)
{
	uint64_t set = wanted(fd);
	struct statvfs fs;

	if (set == 0 || fstatvfs(fd, &fs) == -1 ||
	    (fs.f_flag & ST_NOSUID) != 0)
		return 0;
	return privs_unbounded(set);
}
