/* SPDX-License-Identifier: ISC
 *
 * Dropping privileges for good, and proving that they are gone.
 */
#include <sys/auxv.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privs.h"

#define CAP_WORDS	_LINUX_CAPABILITY_U32S_3

static int
get_capabilities(struct __user_cap_data_struct data[CAP_WORDS])
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &header, data) == -1 ? errno : 0;
}

static int
is_capable(int capability, bool *capable)
{
	struct __user_cap_data_struct data[CAP_WORDS];
	int error = get_capabilities(data);

	*capable = error == 0 &&
	    (data[capability / 32].effective >> (capability % 32) & 1) != 0;
	return error;
}

bool
may_change_identity(void)
{
	bool user, group;

	return is_capable(CAP_SETUID, &user) == 0 && user &&
	    is_capable(CAP_SETGID, &group) == 0 && group;
}

bool
has_borrowed_privileges(void)
{
	return getauxval(AT_SECURE) != 0;
}

static bool
groups_are(const struct account *account)
{
	gid_t *now = NULL;
	size_t count = 0;
	bool same;

	same = current_groups(&now, &count) == 0 &&
	    count == account->group_count && (count == 0 ||
	    memcmp(now, account->groups, count * sizeof *now) == 0);
	free(now);
	return same;
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
	return groups_are(account) ? 0 : REASON_NOT_TAKEN;
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

int
privs_empty_bounding(void)
{
	bool capable;
	int error = is_capable(CAP_SETPCAP, &capable);

	/*
	 * A container may have taken CAP_SETPCAP: what is left in the set is
	 * then not ours to drop, and gives an ordinary user nothing.
	 */
	if (error != 0 || !capable)
		return error;
	for (unsigned long cap = 0; cap < CAP_WORDS * 32; cap++) {
		int set = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (set == -1)
			/* Beyond the kernel's last one. */
			return errno == EINVAL && cap > 0 ? 0 : errno;
		if (set == 1 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1)
			return errno;
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 0)
			return REASON_NOT_TAKEN;
	}
	return 0;
}

/* EINVAL: a kernel before 4.3 has no ambient set. */
static int
clear_ambient(void)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1 &&
	    errno != EINVAL)
		return errno;
	return 0;
}

static int
set_capabilities(const struct __user_cap_data_struct data[CAP_WORDS])
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capset, &header, data) == -1 ? errno : 0;
}

static bool
has_inheritable(const struct __user_cap_data_struct data[CAP_WORDS])
{
	uint32_t any = 0;

	for (size_t i = 0; i < CAP_WORDS; i++)
		any |= data[i].inheritable;
	return any != 0;
}

int
privs_forget_inheritable(void)
{
	struct __user_cap_data_struct data[CAP_WORDS] = { { 0 } };
	int error;

	/* What is ambient is inheritable, too: one look tells of both. */
	if ((error = get_capabilities(data)) != 0)
		return error;
	if (!has_inheritable(data))
		return 0;
	for (size_t i = 0; i < CAP_WORDS; i++)
		data[i].inheritable = 0;
	if ((error = clear_ambient()) != 0 ||
	    (error = set_capabilities(data)) != 0 ||
	    (error = get_capabilities(data)) != 0)
		return error;
	return has_inheritable(data) ? REASON_NOT_TAKEN : 0;
}

int
privs_drop_capabilities(void)
{
	struct __user_cap_data_struct data[CAP_WORDS] = { { 0 } };
	int error = set_capabilities(data);

	if (error != 0 || (error = get_capabilities(data)) != 0)
		return error;
	for (size_t i = 0; i < CAP_WORDS; i++)
		if ((data[i].effective | data[i].permitted |
		    data[i].inheritable) != 0)
			return REASON_NOT_TAKEN;
	return 0;
}

static long
session_keyring(void)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
	    KEY_SPEC_SESSION_KEYRING, 0);
}

int
privs_new_keyring(void)
{
	long before = session_keyring();

	/*
	 * Without keyrings in the kernel, or where a seccomp filter hides
	 * them, neither we nor the daemon can reach one.
	 */
	if (before == -1 && (errno == ENOSYS || errno == EPERM))
		return 0;
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) == -1)
		return errno;
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
	if (!groups_are(account) || !gids_are(account->gid) ||
	    !uids_are(account->uid))
		return REASON_NOT_TAKEN;
	/* Root stays able to become anybody: there is nothing to prove. */
	if (account->uid != 0 && can_regain(account))
		return REASON_REGAINED;
	return 0;
}
