/* SPDX-License-Identifier: ISC
 *
 * --user, --group and --groups, three lines of input, with a database of our
 * own: that of the machine is slow, and differs.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>

#include "fuzz.h"

/* The entries are not const, and never written. */
#define NAME(text)	((char *)(uintptr_t)(text))

static struct passwd our_users[] = {
	{ .pw_name = NAME("root"), .pw_dir = NAME("/") },
	{ .pw_name = NAME("www"), .pw_uid = 33, .pw_gid = 33 },
	{ .pw_name = NAME("0700"), .pw_uid = 7, .pw_gid = 9 },
};

static struct group our_groups[] = {
	{ .gr_name = NAME("root") },
	{ .gr_name = NAME("www"), .gr_gid = 33 },
	{ .gr_name = NAME("a b"), .gr_gid = 12 },
};

static struct passwd *
our_user(const char *name, uid_t uid)
{
	for (size_t i = 0; i < 3; i++)
		if (name != NULL ? strcmp(our_users[i].pw_name, name) == 0 :
		    our_users[i].pw_uid == uid)
			return &our_users[i];
	errno = ENOENT;
	return NULL;
}

static struct group *
our_group(const char *name)
{
	for (size_t i = 0; i < 3; i++)
		if (strcmp(our_groups[i].gr_name, name) == 0)
			return &our_groups[i];
	errno = ENOENT;
	return NULL;
}

static int
our_list(const char *name, gid_t primary, gid_t *list, int *n)
{
	int have = *n;

	check(name[0] != '\0');
	*n = 40;
	for (int i = 0; i < 40 && i < have; i++)
		list[i] = i == 0 ? primary : (gid_t)(i * 7 % 30);
	return have < 40 ? -1 : 40;
}

#define getpwnam(name)	our_user(name, 0)
#define getpwuid(uid)	our_user(NULL, uid)
#define getgrnam(name)	our_group(name)
#define getgrouplist(name, gid, list, n) our_list(name, gid, list, n)

#include "lookup.c"
#include "account.c"

/* What account_resolve() promises, whoever was asked for. */
static void
check_account(const struct account *account, const struct daemon_spec *spec)
{
	for (size_t i = 1; i < account->group_count; i++)
		check(account->groups[i - 1] < account->groups[i]);
	/* An ordinary user who asks for himself keeps what he has. */
	if (account->differs)
		check(account_has_group(account, account->gid));
	check(account->uid != (uid_t)-1 && account->gid != (gid_t)-1);
	check(account->named == (spec->user != NULL));
	if (account->named)
		check(account->name[0] != '\0' && account->home[0] != '\0' &&
		    account->shell[0] != '\0');
}

static void
check_split(const char *text, struct fault *fault)
{
	char *user = NULL, *group = NULL;
	int error = split_user(text, &user, &group, fault);

	if (error == 0) {
		check(user[0] != '\0' && strchr(user, ':') == NULL);
		check(group == NULL || group[0] != '\0');
		check((group != NULL) == (strchr(text, ':') != NULL));
		check(strncmp(text, user, strlen(user)) == 0);
		check(group == NULL ||
		    strcmp(group, text + strlen(user) + 1) == 0);
	} else
		check(error == REASON_MISUSE);
	free(user);
}

FUZZ_TARGET(account)
{
	char *text = fuzz_text(data, size), *rest = text;
	struct daemon_spec spec = { .user = strsep(&rest, "\n"),
	    .group = strsep(&rest, "\n"), .groups = strsep(&rest, "\n") };
	struct account account;
	struct fault fault;

	check_split(text, &fault);
	/* "-" is an option that is not given. */
	if (spec.user[0] == '-')
		spec.user = NULL;
	if (spec.group != NULL && spec.group[0] == '-')
		spec.group = NULL;
	fault = (struct fault){ .error = -1 };
	if (account_resolve(&spec, &account, &fault) == 0)
		check_account(&account, &spec);
	else
		check(fault.error > 0 && error_text(fault.error)[0] != '\0');
	free(account.groups);
	free(account.name);
	free(account.home);
	free(account.shell);
	free(text);
}
