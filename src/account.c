/* SPDX-License-Identifier: ISC
 *
 * Names to ids, through the system's databases (NSS), before anything changes.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "lookup.h"
#include "privs.h"

bool
account_has_group(const struct account *account, gid_t gid)
{
	for (size_t i = 0; i < account->group_count; i++)
		if (account->groups[i] == gid)
			return true;
	return false;
}

static int
compare_gids(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

/* Ascending, once each.  Returns the new count. */
static size_t
sort_groups(gid_t *groups, size_t count)
{
	size_t n = 0;

	if (count > 0)
		qsort(groups, count, sizeof *groups, compare_gids);
	for (size_t i = 0; i < count; i++)
		if (n == 0 || groups[n - 1] != groups[i])
			groups[n++] = groups[i];
	return n;
}

int
current_groups(gid_t **groups, size_t *count)
{
	int n = getgroups(0, NULL);

	*groups = NULL;
	*count = 0;
	if (n <= 0)
		return n == -1 ? errno : 0;
	*groups = calloc((size_t)n, sizeof **groups);
	if (*groups == NULL)
		return errno;
	n = getgroups(n, *groups);
	if (n == -1) {
		n = errno;
		free(*groups);
		*groups = NULL;
		return n;
	}
	*count = sort_groups(*groups, (size_t)n);
	return 0;
}

static char *
copy_or(const char *text, const char *otherwise)
{
	return strdup(text != NULL && text[0] != '\0' ? text : otherwise);
}

/* Who the user is, as the environment will have it. */
static int
describe(struct account *account, const struct passwd *entry)
{
	char number[16];

	snprintf(number, sizeof number, "%u", (unsigned int)account->uid);
	account->named = true;
	account->name = copy_or(entry != NULL ? entry->pw_name : NULL, number);
	account->home = copy_or(entry != NULL ? entry->pw_dir : NULL, "/");
	account->shell = copy_or(entry != NULL ? entry->pw_shell : NULL,
	    "/bin/sh");
	return account->name == NULL || account->home == NULL ||
	    account->shell == NULL ? ENOMEM : 0;
}

/*
 * The groups that the database gives the user, who was found there, and the
 * primary one.
 */
static int
database_groups(struct account *account, const char *name)
{
	int n = 32, have, result;

	errno = 0;
	do {
		have = n;
		account->groups = reallocarray(account->groups,
		    (size_t)have + 1, sizeof *account->groups);
		if (account->groups == NULL)
			return ENOMEM;
		result = getgrouplist(name, account->gid, account->groups, &n);
	} while (result == -1 && n > have);
	/* It had room, and failed otherwise: then nothing was filled in. */
	if (result == -1)
		return errno != 0 ? errno : EIO;
	account->groups[n] = account->gid;
	account->group_count = sort_groups(account->groups, (size_t)n + 1);
	return 0;
}

static int
listed_groups(struct account *account, const char *list, struct fault *fault)
{
	size_t max = 2, n = 0;
	char *copy = strdup(list), *rest = copy;
	const char *word;
	int error = 0;

	for (const char *p = list; *p != '\0'; p++)
		max += *p == ',';
	account->groups = calloc(max, sizeof *account->groups);
	if (copy == NULL || account->groups == NULL)
		fault_set(fault, STEP_group, error = ENOMEM, list);
	while (error == 0 && list[0] != '\0' &&
	    (word = strsep(&rest, ",")) != NULL) {
		error = word[0] == '\0' ? REASON_BAD_ID :
		    find_group(word, &account->groups[n++]);
		if (error != 0)
			fault_set(fault, STEP_group, error,
			    word[0] != '\0' ? word : list);
	}
	free(copy);
	if (error != 0)
		return error;
	account->groups[n++] = account->gid;
	account->group_count = sort_groups(account->groups, n);
	return 0;
}

/* USER[:GROUP] in two parts of a copy; *group is NULL without a colon. */
static int
split_user(const char *text, char **user, char **group, struct fault *fault)
{
	*user = strdup(text);
	if (*user == NULL)
		return fault_set(fault, STEP_user, ENOMEM, text);
	*group = strchr(*user, ':');
	if (*group != NULL)
		*(*group)++ = '\0';
	if ((*user)[0] == '\0' || (*group != NULL && (*group)[0] == '\0'))
		return fault_usage(fault, "--user",
		    "it is USER or USER:GROUP, with neither left out: %s",
		    text);
	return 0;
}

/* Does the account ask for anything that this process is not already? */
static int
compare_with_self(struct account *account, bool groups_asked)
{
	uid_t r, e, s;
	gid_t rg, eg, sg, *now = NULL;
	size_t count = 0;
	int error = current_groups(&now, &count);

	if (error != 0)
		return error;
	if (getresuid(&r, &e, &s) == -1 || getresgid(&rg, &eg, &sg) == -1) {
		error = errno;
		free(now);
		return error;
	}
	account->differs = r != account->uid || e != account->uid ||
	    s != account->uid || rg != account->gid || eg != account->gid ||
	    sg != account->gid;
	if (count == account->group_count && (count == 0 || memcmp(now,
	    account->groups, count * sizeof *now) == 0)) {
		free(now);
		return 0;
	}
	/*
	 * An ordinary user who names himself keeps the groups he has: they
	 * cannot be set, and classic command lines do this.  The primary one
	 * counts anyway, whether it is listed or not.
	 */
	if (!account->differs && !may_set_groups() && (!groups_asked ||
	    (count == 0 && account->group_count == 1 &&
	    account->groups[0] == account->gid))) {
		free(account->groups);
		account->groups = now;
		account->group_count = count;
		return 0;
	}
	account->differs = true;
	free(now);
	return 0;
}

/* The caller, as it is. */
static int
keep_caller(struct account *account)
{
	account->uid = geteuid();
	account->gid = getegid();
	return current_groups(&account->groups, &account->group_count);
}

/* Who is asked for, or else the caller; the entry is NULL without one. */
static int
resolve_user(const char *user, struct account *account,
    const struct passwd **entry, struct fault *fault)
{
	int error;

	if (user == NULL) {
		account->uid = geteuid();
		account->gid = getegid();
		*entry = passwd_of(account->uid);
		return 0;
	}
	error = find_passwd(user, &account->uid, entry);
	if (error == 0 && *entry != NULL)
		account->gid = (*entry)->pw_gid;
	if (error == 0)
		error = describe(account, *entry);
	return error != 0 ? fault_set(fault, STEP_user, error, user) : 0;
}

/* Ids; *name is what the database calls the user, NULL if it does not. */
static int
resolve_ids(const struct daemon_spec *spec, struct account *account,
    const char *user, const char *group, char **name, struct fault *fault)
{
	const struct passwd *entry;
	int error = resolve_user(user, account, &entry, fault);

	if (error != 0)
		return error;
	if (user != NULL && entry == NULL && group == NULL)
		return fault_set(fault, STEP_user, REASON_NEEDS_GROUP, user);
	/* The next look-up reuses the entry's memory. */
	if (entry != NULL && spec->groups == NULL &&
	    (*name = strdup(entry->pw_name)) == NULL)
		return fault_set(fault, STEP_user, ENOMEM, user);
	if (group != NULL && (error = find_group(group, &account->gid)) != 0)
		return fault_set(fault, STEP_group, error, group);
	return 0;
}

static int
resolve_groups(const struct daemon_spec *spec, struct account *account,
    const char *name, struct fault *fault)
{
	int error;

	if (spec->groups != NULL || name == NULL)
		return listed_groups(account,
		    spec->groups != NULL ? spec->groups : "", fault);
	error = database_groups(account, name);
	return error != 0 ? fault_set(fault, STEP_group, error, name) : 0;
}

static int
resolve_names(const struct daemon_spec *spec, struct account *account,
    struct fault *fault)
{
	char *user = NULL, *with = NULL, *name = NULL;
	int error = 0;

	if (spec->user != NULL)
		error = split_user(spec->user, &user, &with, fault);
	if (error == 0 && with != NULL && spec->group != NULL)
		error = fault_usage(fault, "--group",
		    "--user names a group already: %s", spec->user);
	if (error == 0)
		error = resolve_ids(spec, account, user,
		    with != NULL ? with : spec->group, &name, fault);
	if (error == 0)
		error = resolve_groups(spec, account, name, fault);
	free(name);
	free(user);
	return error;
}

int
account_resolve(const struct daemon_spec *spec, struct account *account,
    struct fault *fault)
{
	int error;

	*account = (struct account){ 0 };
	if (spec->user == NULL && spec->group == NULL && spec->groups == NULL) {
		error = keep_caller(account);
		return error != 0 ? fault_set(fault, STEP_become, error,
		    NULL) : 0;
	}
	if ((error = resolve_names(spec, account, fault)) != 0)
		return error;
	error = compare_with_self(account, spec->groups != NULL);
	if (error == 0)
		error = privs_may_become(account);
	if (error != 0)
		return fault_set(fault, STEP_become, error, account->named ?
		    account->name : spec->group != NULL ? spec->group :
		    spec->groups[0] != '\0' ? spec->groups : "--groups");
	return 0;
}
