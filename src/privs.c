/* SPDX-License-Identifier: ISC
 *
 * Dropping ids for good, and proving that they are gone; privs_caps.c has the
 * capabilities.
 */
#include <sys/auxv.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "privs.h"
#include "proc.h"

#define QUOTA_PAUSE	(10 * 1000000)	/* nanoseconds */
#define QUOTA_PAUSES	100

bool
may_change_identity(void)
{
	bool user, group;

	return privs_have(CAP_SETUID, &user) == 0 && user &&
	    privs_have(CAP_SETGID, &group) == 0 && group;
}

bool
may_set_groups(void)
{
	char text[8];

	return may_change_identity() && (proc_read_text("/proc/self/setgroups",
	    text, sizeof text) <= 0 || strncmp(text, "deny", 4) != 0);
}

/*
 * user_namespaces(7).  Each id is there once, and ranges do not
 * overlap; what cannot be read has them all.
 */
static bool
are_mapped(const char *path, const unsigned int *ids, size_t count)
{
	FILE *map = fopen(path, "re");
	unsigned int first, size;
	size_t found = 0;

	if (map == NULL)
		return true;
	while (fscanf(map, "%u %*u %u", &first, &size) == 2)
		for (size_t i = 0; i < count; i++)
			found += ids[i] - first < size;
	if (ferror(map))
		found = count;
	fclose(map);
	return found == count;
}

int
privs_may_become(const struct account *account)
{
	/* Groups that stay are not set, whatever they are. */
	bool all = account->differs;

	if (all && !may_change_identity())
		return REASON_NOT_PRIVILEGED;
	/* One's own id that has no number here shows as the overflow id. */
	if (!are_mapped("/proc/self/uid_map", &account->uid, 1) ||
	    !are_mapped("/proc/self/gid_map",
	    all ? account->groups : &account->gid,
	    all ? account->group_count : 1))
		return REASON_NOT_MAPPED;
	return all && !may_set_groups() ? REASON_NOT_PRIVILEGED : 0;
}

int
privs_borrowed(void)
{
	if (getauxval(AT_SECURE) == 0)
		return 0;
	return getuid() != geteuid() || getgid() != getegid() ?
	    REASON_SET_ID : REASON_FILE_CAPS;
}

static int
check_groups(const struct account *account)
{
	gid_t *now = NULL;
	size_t count = 0;
	int error = current_groups(&now, &count);

	if (error == 0 && (count != account->group_count || (count != 0 &&
	    memcmp(now, account->groups, count * sizeof *now) != 0)))
		error = REASON_NOT_TAKEN;
	free(now);
	return error;
}

static bool
gids_are(gid_t gid)
{
	gid_t r, e, s;

	/* setfsgid(2) cannot take this number, and returns what is set. */
	return getresgid(&r, &e, &s) == 0 && r == gid && e == gid &&
	    s == gid && (gid_t)setfsgid((gid_t)-1) == gid;
}

static bool
uids_are(uid_t uid)
{
	uid_t r, e, s;

	return getresuid(&r, &e, &s) == 0 && r == uid && e == uid &&
	    s == uid && (uid_t)setfsuid((uid_t)-1) == uid;
}

int
privs_set_groups(const struct account *account)
{
	if (setgroups(account->group_count, account->groups) == -1)
		return errno;
	return check_groups(account);
}

int
privs_set_gid(const struct account *account)
{
	if (setresgid(account->gid, account->gid, account->gid) == -1)
		return errno;
	return gids_are(account->gid) ? 0 : REASON_NOT_TAKEN;
}

int
privs_set_uid(const struct account *account)
{
	if (setresuid(account->uid, account->uid, account->uid) == -1)
		return errno;
	return uids_are(account->uid) ? 0 : REASON_NOT_TAKEN;
}

static long
session_keyring(void)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
	    KEY_SPEC_SESSION_KEYRING, 0);
}

static int
join_session_keyring(void)
{
	const struct timespec pause = { .tv_nsec = QUOTA_PAUSE };

	for (int i = 0; syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING,
	    NULL) == -1; i++) {
		/* The kernel takes its time to give back those of the dead. */
		if (errno != EDQUOT || i == QUOTA_PAUSES)
			return errno;
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

int
privs_new_keyring(void)
{
	long before = session_keyring();
	int error = join_session_keyring();

	/*
	 * Without keyrings in the kernel, or where a seccomp filter hides
	 * them, neither we nor the daemon can reach one.
	 */
	if (error != 0)
		return before == -1 && (error == ENOSYS || error == EPERM) ?
		    0 : error;
	return session_keyring() != before ? 0 : REASON_NOT_TAKEN;
}

/* Every way back to an id that is not ours any more must be closed. */
static bool
can_regain(const struct account *account)
{
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0 || setuid(0) == 0)
		return true;
	if (account->gid != 0 && (setresgid((gid_t)-1, 0, (gid_t)-1) == 0 ||
	    setgid(0) == 0))
		return true;
	return setgroups(0, NULL) == 0;
}

int
privs_prove(const struct account *account)
{
	int error = check_groups(account);

	if (error != 0)
		return error;
	if (!gids_are(account->gid) || !uids_are(account->uid))
		return REASON_NOT_TAKEN;
	/* Root stays able to become anybody: there is nothing to prove. */
	if (account->uid != 0 && can_regain(account))
		return REASON_REGAINED;
	return 0;
}
