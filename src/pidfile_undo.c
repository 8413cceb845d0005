/* SPDX-License-Identifier: ISC
 *
 * What a failed start takes back of its pidfile.
 */
#include <fcntl.h>
#include <stdio.h>

#include "pidfile.h"

static bool
is_file(const struct pidfile *p, const char *name, const struct stat *file)
{
	struct stat st;

	return file->st_ino != 0 && fstatat(p->place.dir, name, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && same_file(&st, file);
}

/* Both of what was there before, or neither: one could not be believed. */
static bool
can_put_back(const struct pidfile *p)
{
	char name[PIDFILE_NAME], temporary[PIDFILE_NAME];

	for (int i = 0; i < PART_COUNT; i++) {
		const struct stat *old = &p->part[i].old;

		pidfile_part_name(p, (enum pidfile_part)i, name);
		pidfile_temporary_name(p, (enum pidfile_part)i, temporary);
		if (old->st_ino != 0 && !is_file(p, name, old) &&
		    !is_file(p, temporary, old))
			return false;
	}
	return true;
}

/* The identity last: a pidfile without one would be in doubt. */
void
pidfile_withdraw(struct pidfile *p)
{
	char name[PIDFILE_NAME], temporary[PIDFILE_NAME];
	bool back = can_put_back(p);

	for (int i = 0; i < PART_COUNT; i++) {
		pidfile_part_name(p, (enum pidfile_part)i, name);
		pidfile_temporary_name(p, (enum pidfile_part)i, temporary);
		if (back && is_file(p, temporary, &p->part[i].old) &&
		    (is_file(p, name, &p->part[i].st) ||
		    pidfile_is_gone(p, name)))
			(void)renameat(p->place.dir, temporary, p->place.dir,
			    name);
		(void)place_unlink(&p->place, temporary, &p->part[i].old);
		(void)place_unlink(&p->place, temporary, &p->part[i].st);
		if (!place_unlink(&p->place, name, &p->part[i].st))
			break;
	}
	pidfile_unlock(p);
}
