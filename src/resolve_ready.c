/* SPDX-License-Identifier: ISC
 *
 * What --ready needs to know before a start.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "paths.h"
#include "privs.h"
#include "resolve.h"

/* The front looks at these, whatever the daemon's directory and root are. */
static int
resolve_awaited(const struct daemon_spec *spec, struct resolved *to,
    struct fault *fault)
{
	int error = 0;

	if (spec->ready_count == 0)
		return 0;
	to->awaited = calloc(spec->ready_count, sizeof *to->awaited);
	if (to->awaited == NULL)
		return fault_set(fault, STEP_path, ENOMEM, NULL);
	for (size_t i = 0; error == 0 && i < spec->ready_count; i++)
		if (spec->ready[i].kind == CONDITION_file)
			error = resolve_path(spec->ready[i].value,
			    &to->awaited[i], fault);
	return error;
}

/* As far as can be seen from here; what cannot be opened is said then. */
static bool
may_be_read(const struct daemon_spec *spec, const struct resolved *to,
    const struct source *source)
{
	struct stat st;

	if (source->kind != SOURCE_FILE)
		return false;
	/* A new one is the caller's, unless it is another user's. */
	if (lstat(source->path, &st) == -1)
		return errno != ENOENT || to->account.differs ||
		    privs_override_modes() || (spec->log_mode & S_IRUSR) != 0;
	if (S_ISREG(st.st_mode))
		return path_access(source->path, R_OK) == 0;
	return !S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode);
}

static int
check_log(const struct daemon_spec *spec, const struct resolved *to,
    struct fault *fault)
{
	const struct condition *log = spec_awaits(spec, CONDITION_log);

	if (log == NULL || may_be_read(spec, to, &to->streams[1]) ||
	    may_be_read(spec, to, &to->streams[2]))
		return 0;
	return fault_set(fault, STEP_ready, REASON_UNREADABLE, log->text);
}

int
resolve_ready(const struct daemon_spec *spec, struct resolved *to,
    struct fault *fault)
{
	int error = resolve_awaited(spec, to, fault);

	return error != 0 ? error : check_log(spec, to, fault);
}
