/* SPDX-License-Identifier: ISC
 *
 * Who the process is and what it may do: ids and groups, capabilities, the
 * session keyring and what can be seen in it.  System calls only, so it is
 * the same in a chroot without /proc.
 */
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

/* From the kernel's headers, which musl does not bring. */
enum { CAPABILITY_VERSION_3 = 0x20080522, LAST_CAP = 63 };
enum { SESSION_KEYRING = -3, GET_KEYRING_ID = 0, DESCRIBE = 6, READ = 11 };
enum { MAX_KEYS = 256, MAX_DEPTH = 4 };

static int
compare_groups(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

static void
report_groups(FILE *out)
{
	int n = getgroups(0, NULL);
	gid_t *groups = calloc((size_t)(n > 0 ? n : 1), sizeof(*groups));

	if (groups == NULL || (n > 0 && (n = getgroups(n, groups)) == -1))
		n = 0;
	if (n > 0)
		qsort(groups, (size_t)n, sizeof(*groups), compare_groups);
	fputs("groups=", out);
	for (int i = 0; i < n; i++)
		fprintf(out, "%s%u", i > 0 ? " " : "", (unsigned)groups[i]);
	fputc('\n', out);
	free(groups);
}

static void
report_ids(FILE *out)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	getresuid(&ruid, &euid, &suid);
	getresgid(&rgid, &egid, &sgid);
	/* An impossible id changes nothing and returns the one in force. */
	fprintf(out, "uid=%u %u %u %u\n", ruid, euid, suid,
	    (unsigned)setfsuid((uid_t)-1));
	fprintf(out, "gid=%u %u %u %u\n", rgid, egid, sgid,
	    (unsigned)setfsgid((gid_t)-1));
	report_groups(out);
}

static uint64_t
prctl_caps(int option, unsigned long argument, int argument_first)
{
	uint64_t set = 0;

	for (unsigned long cap = 0; cap <= LAST_CAP; cap++) {
		int r = argument_first ? prctl(option, argument, cap, 0, 0) :
		    prctl(option, cap, 0, 0, 0);

		if (r == 1)
			set |= UINT64_C(1) << cap;
	}
	return set;
}

static void
report_caps(FILE *out)
{
	struct { uint32_t version; int pid; } header = {
		CAPABILITY_VERSION_3, 0 };
	struct { uint32_t effective, permitted, inheritable; } data[2];

	memset(data, 0, sizeof(data));
	syscall(SYS_capget, &header, data);
	fprintf(out, "cap.inh=%08x%08x\ncap.prm=%08x%08x\ncap.eff=%08x%08x\n",
	    data[1].inheritable, data[0].inheritable, data[1].permitted,
	    data[0].permitted, data[1].effective, data[0].effective);
	fprintf(out, "cap.bnd=%016llx\n", (unsigned long long)
	    prctl_caps(PR_CAPBSET_READ, 0, 0));
	fprintf(out, "cap.amb=%016llx\n", (unsigned long long)
	    prctl_caps(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 1));
}

void
report_credentials(FILE *out)
{
	report_ids(out);
	report_caps(out);
	fprintf(out, "nonewprivs=%d\ndumpable=%d\nsecurebits=%x\n",
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_DUMPABLE),
	    (unsigned)prctl(PR_GET_SECUREBITS));
}

/* type;uid;gid;permissions;description */
static int
describe_key(int32_t key, char *buf, size_t size, char **name)
{
	char *p = buf;
	long n = syscall(SYS_keyctl, DESCRIBE, key, buf, size - 1);

	if (n == -1 || (size_t)n >= size)
		return -1;
	buf[n] = '\0';
	for (int i = 0; i < 4 && p != NULL; i++)
		if ((p = strchr(p, ';')) != NULL)
			p++;
	if (p == NULL)
		return -1;
	buf[strcspn(buf, ";")] = '\0';
	*name = p;
	return 0;
}

/* type:description of all that can be reached, rings within rings too. */
static void
put_keys(FILE *out, int32_t ring, int depth)
{
	const char *space = depth > 0 ? " " : "";
	int32_t keys[MAX_KEYS];
	char buf[512], *name;
	long n = syscall(SYS_keyctl, READ, ring, keys, sizeof(keys));

	if (n > (long)sizeof(keys))
		n = (long)sizeof(keys);
	for (long i = 0; i < n / (long)sizeof(keys[0]); i++) {
		if (describe_key(keys[i], buf, sizeof(buf), &name) == -1)
			continue;
		fprintf(out, "%s%s:%s", space, buf, name);
		space = " ";
		if (strcmp(buf, "keyring") == 0 && depth < MAX_DEPTH)
			put_keys(out, keys[i], depth + 1);
	}
}

void
report_keyring(FILE *out)
{
	char buf[512], *name;
	long ring = syscall(SYS_keyctl, GET_KEYRING_ID, SESSION_KEYRING, 0);

	if (ring == -1) {
		fputs("keyring=none\nkeyring.keys=none\n", out);
		return;
	}
	if (describe_key((int32_t)ring, buf, sizeof(buf), &name) == -1)
		fprintf(out, "keyring=%ld ?\n", ring);
	else
		fprintf(out, "keyring=%ld %s\n", ring, name);
	fputs("keyring.keys=", out);
	put_keys(out, (int32_t)ring, 0);
	fputc('\n', out);
}
