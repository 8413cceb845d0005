/* SPDX-License-Identifier: ISC
 *
 * The run directory: where --name keeps its pidfiles.
 */
#include <sys/stat.h>
#include <sys/utsname.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lookup.h"
#include "report.h"
#include "rundir.h"

static bool
ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

bool
is_daemon_name(const char *name)
{
	if (!isalnum((unsigned char)name[0]) && name[0] != '_')
		return false;
	for (const char *p = name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
			return false;
	return !ends_in(name, ".id") && !ends_in(name, ".lock");
}

/* One home on a file server may be that of many machines. */
static const char *
host_name(const struct utsname *uts)
{
	const char *name = uts->nodename;

	return name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL ?
	    "localhost" : name;
}

static const char *
home_directory(void)
{
	const char *home = getenv("HOME");
	const struct passwd *entry;

	if (home != NULL && home[0] == '/')
		return home;
	entry = passwd_of(geteuid());
	return entry != NULL && entry->pw_dir[0] == '/' ? entry->pw_dir : NULL;
}

int
rundir_path(char **path)
{
	const char *state = getenv("XDG_STATE_HOME"), *home;
	struct utsname uts;
	int n;

	if (geteuid() == 0) {
		*path = strdup(RUNSTATEDIR "/daemonize");
		return *path != NULL ? 0 : ENOMEM;
	}
	if (uname(&uts) == -1)
		return errno;
	/* The specification has a relative one ignored. */
	if (state != NULL && state[0] == '/')
		n = asprintf(path, "%s/daemonize/%s", state, host_name(&uts));
	else if ((home = home_directory()) != NULL)
		n = asprintf(path, "%s/.local/state/daemonize/%s", home,
		    host_name(&uts));
	else
		return REASON_NO_HOME;
	return n != -1 && *path != NULL ? 0 : ENOMEM;
}

int
rundir_pidfile(const char *name, char **path)
{
	char *dir = NULL;
	int error = rundir_path(&dir);

	if (error != 0)
		return error;
	if (asprintf(path, "%s/%s", dir, name) == -1)
		error = ENOMEM;
	free(dir);
	return error;
}

/* Whatever is there already is judged when it is used. */
static int
make_dir(const char *path, mode_t mode)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
	/* A link that leads nowhere is in the way, but no directory. */
	if (mkdir(path, mode) == -1 && (errno != EEXIST ||
	    stat(path, &st) == -1))
		return errno;
	return 0;
}

int
rundir_create(char *path)
{
	mode_t mode = geteuid() == 0 ? 0755 : 0700;

	for (char *slash = strchr(path + 1, '/'); slash != NULL;
	    slash = strchr(slash + 1, '/')) {
		int error;

		*slash = '\0';
		if ((error = make_dir(path, mode)) != 0)
			return error;
		*slash = '/';
	}
	return make_dir(path, mode);
}
