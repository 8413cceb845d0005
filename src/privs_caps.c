/* SPDX-License-Identifier: ISC
 *
 * Dropping capabilities, all or all but some, and raising those again.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

#include "privs.h"

#define CAP_WORDS	_LINUX_CAPABILITY_U32S_3
#define CAP_COUNT	(CAP_WORDS * 32)

/* The sets that capget(2) and capset(2) know. */
struct sets {
	uint64_t	effective;
	uint64_t	permitted;
	uint64_t	inheritable;
};

static int
get_sets(struct sets *sets)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[CAP_WORDS] = { { 0 } };

	*sets = (struct sets){ 0 };
	if (syscall(SYS_capget, &header, data) == -1)
		return errno;
	for (unsigned int i = CAP_WORDS; i-- > 0; ) {
		sets->effective = sets->effective << 32 | data[i].effective;
		sets->permitted = sets->permitted << 32 | data[i].permitted;
		sets->inheritable = sets->inheritable << 32 |
		    data[i].inheritable;
	}
	return 0;
}

static bool
same_sets(const struct sets *a, const struct sets *b)
{
	return a->effective == b->effective && a->permitted == b->permitted &&
	    a->inheritable == b->inheritable;
}

/* Set them, and look. */
static int
set_sets(const struct sets *sets)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[CAP_WORDS];
	struct sets now;
	int error;

	for (unsigned int i = 0; i < CAP_WORDS; i++) {
		data[i].effective = (uint32_t)(sets->effective >> 32 * i);
		data[i].permitted = (uint32_t)(sets->permitted >> 32 * i);
		data[i].inheritable = (uint32_t)(sets->inheritable >> 32 * i);
	}
	if (syscall(SYS_capset, &header, data) == -1)
		return errno;
	if ((error = get_sets(&now)) != 0)
		return error;
	return same_sets(&now, sets) ? 0 : REASON_NOT_TAKEN;
}

int
privs_have(int capability, bool *have)
{
	struct sets sets;
	int error = get_sets(&sets);

	*have = error == 0 && (sets.effective >> capability & 1) != 0;
	return error;
}

bool
privs_override_modes(void)
{
	bool override, search;

	return (privs_have(CAP_DAC_OVERRIDE, &override) == 0 && override) ||
	    (privs_have(CAP_DAC_READ_SEARCH, &search) == 0 && search);
}

uint64_t
privs_unbounded(uint64_t set)
{
	uint64_t lacking = 0;

	for (unsigned int cap = 0; cap < CAP_COUNT; cap++)
		if ((set >> cap & 1) != 0 &&
		    prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 0)
			lacking |= UINT64_C(1) << cap;
	return lacking;
}

int
privs_missing(uint64_t wanted, uint64_t *missing)
{
	struct sets sets;
	int error = get_sets(&sets);

	/* What the kernel does not know is never permitted. */
	if (error == 0)
		*missing = (wanted & ~sets.permitted) |
		    privs_unbounded(wanted);
	return error;
}

int
privs_limit_bounding(uint64_t kept)
{
	for (unsigned long cap = 0; cap < CAP_COUNT; cap++) {
		int keep = (int)(kept >> cap & 1);
		int set = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		/* Beyond the kernel's last one, however often it is asked. */
		if (set == -1 && errno == EINVAL && cap > 0 &&
		    prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == -1)
			return 0;
		if (set == -1)
			return errno;
		if (set == 1 && keep == 0 &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1)
			return errno;
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != keep)
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

int
privs_forget_inheritable(void)
{
	struct sets sets;
	int error;

	/* What is ambient is inheritable, too: one look tells of both. */
	if ((error = get_sets(&sets)) != 0 || sets.inheritable == 0)
		return error;
	sets.inheritable = 0;
	error = clear_ambient();
	return error != 0 ? error : set_sets(&sets);
}

int
privs_survive_user(void)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1)
		return errno;
	return prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 1 ? 0 : REASON_NOT_TAKEN;
}

int
privs_drop_capabilities(uint64_t kept)
{
	const struct sets sets = { .permitted = kept };

	return set_sets(&sets);
}

/* The two sets that have a call for each capability. */
static bool
listed_sets_are(uint64_t wanted, bool bounded)
{
	for (unsigned long cap = 0; cap < CAP_COUNT; cap++) {
		int want = (int)(wanted >> cap & 1);
		int bound = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (bound == -1)
			return errno == EINVAL && wanted >> cap == 0;
		if ((bounded && bound != want) || prctl(PR_CAP_AMBIENT,
		    PR_CAP_AMBIENT_IS_SET, cap, 0, 0) != want)
			return false;
	}
	return true;
}

int
privs_raise_capabilities(uint64_t kept, bool bounded)
{
	const struct sets sets = { .effective = kept, .permitted = kept,
	    .inheritable = kept };
	struct sets now;
	int error = set_sets(&sets);

	for (unsigned long cap = 0; error == 0 && cap < CAP_COUNT; cap++)
		if ((kept >> cap & 1) != 0 && prctl(PR_CAP_AMBIENT,
		    PR_CAP_AMBIENT_RAISE, cap, 0, 0) == -1)
			error = errno;
	if (error != 0 || (error = get_sets(&now)) != 0)
		return error;
	return same_sets(&now, &sets) && listed_sets_are(kept, bounded) ? 0 :
	    REASON_NOT_TAKEN;
}

int
privs_forbid_new(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return errno;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 :
	    REASON_NOT_TAKEN;
}
