/* SPDX-License-Identifier: ISC
 *
 * daemonize: parse, resolve, act.
 */
#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "control.h"
#include "explain.h"
#include "fds.h"
#include "launch.h"
#include "options.h"
#include "privs.h"
#include "signals.h"

/* What was printed into a descriptor that the caller has closed is lost. */
static int
printed(int error, unsigned int closed)
{
	if ((closed >> STDOUT_FILENO & 1) != 0)
		error = EBADF;
	return error == 0 ? EXIT_OK : fail_with(STEP_print, error, NULL);
}

/* What is told of daemons is in the status, too, if it can be told. */
static int
shown(const struct daemon_spec *spec, unsigned int closed)
{
	bool silent = spec->mode == MODE_STATUS && spec->quiet && !spec->json;

	if (!silent && (closed >> STDOUT_FILENO & 1) != 0)
		return printed(EBADF, closed);
	return spec->mode == MODE_STATUS ? control_status(spec) :
	    control_list(spec);
}

static bool
only_prints(const struct daemon_spec *spec)
{
	return spec->mode == MODE_HELP || spec->mode == MODE_VERSION ||
	    spec->mode == MODE_EXPLAIN || spec->mode == MODE_STATUS ||
	    spec->mode == MODE_LIST;
}

int
main(int argc, char **argv)
{
	struct daemon_spec spec;
	struct resolved to;
	struct fault fault;
	struct sigaction pipe = { .sa_handler = SIG_IGN };
	unsigned int closed;
	int error;

	/* What we create has the mode that we say, whoever calls. */
	umask(022);
	/* A message that nobody gets must not cost us the exit status. */
	(void)signals_of_writing(SIG_IGN, &pipe);
	if ((error = fds_occupy(&closed)) != 0)
		return fail_with(STEP_descriptors, error, "/dev/null");
	if (options_parse(argc, argv, &spec, &fault) != 0)
		return fault_fail(&fault);
	if (only_prints(&spec))
		signals_hold_pipe(&pipe);
	if (spec.mode == MODE_HELP)
		return printed(options_help(), closed);
	if (spec.mode == MODE_VERSION)
		return printed(options_version(), closed);
	if ((error = privs_borrowed()) != 0)
		return fail_with(STEP_privileges, error, NULL);
	if (spec.mode == MODE_STOP)
		return control_stop(&spec);
	if (spec.mode == MODE_SIGNAL)
		return control_signal(&spec);
	if (spec.mode == MODE_STATUS || spec.mode == MODE_LIST)
		return shown(&spec, closed);
	if (resolve(&spec, closed, &to, &fault) != 0)
		return fault_fail(&fault);
	if (spec.mode == MODE_EXPLAIN)
		return printed(explain(&spec, &to), closed);
	if (spec.mode == MODE_RESTART && (error = control_stop(&spec)) != 0)
		return error;
	return launch(&spec, &to);
}
