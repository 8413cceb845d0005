/* SPDX-License-Identifier: ISC
 *
 * The names of daemons, and which names a pidfile needs for itself.  Two lines
 * of input: a daemon's name, and another file's.
 */
#include "list.c"
#include "pidfile.h"

#include "fuzz.h"

static void
check_daemon(const char *name)
{
	char file[NAME_MAX + 32], back[NAME_MAX + 1];

	check(name[0] != '\0' && name[0] != '.' && name[0] != '-');
	check(strchr(name, '/') == NULL);
	check(strlen(name) <= NAME_MAX || !base_name(name, back, sizeof back));
	if (strlen(name) > NAME_MAX)
		return;
	check(base_name(name, back, sizeof back) && strcmp(back, name) == 0);
	/* Its other files are no daemons, and are known to be its own. */
	snprintf(file, sizeof file, "%s.id", name);
	check(!is_daemon_name(file) && pidfile_needs_name(name, file));
	check(base_name(file, back, sizeof back) && strcmp(back, name) == 0);
	snprintf(file, sizeof file, "%s.lock", name);
	check(!is_daemon_name(file) && pidfile_needs_name(name, file));
	snprintf(file, sizeof file, ".%s.id.daemonize", name);
	check(!is_daemon_name(file) && pidfile_needs_name(name, file));
	check(pidfile_needs_name(name, name));
}

FUZZ_TARGET(name)
{
	char *text = fuzz_text(data, size), *other = text, *name, *twin;

	name = strsep(&other, "\n");
	if (is_daemon_name(name))
		check_daemon(name);
	if (other != NULL && pidfile_needs_name(name, other)) {
		twin = strstr(other, name);
		check(twin != NULL && twin - other <= 1);
		/* No two daemons need the same name. */
		if (is_daemon_name(name) && is_daemon_name(other))
			check(strcmp(name, other) == 0);
	}
	free(text);
}
