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

static int
failed(const struct fault *fault)
{
	fault_print(fault, STDERR_FILENO);
	return (int)fault_status(fault);
}

/* What was printed into a descriptor that the caller has closed is lost. */
static int
printed(int error, unsigned int closed)
{
	struct fault fault;

	if ((closed >> STDOUT_FILENO & 1) != 0)
		error = EBADF;
	if (error == 0)
		return EXIT_OK;
	fault_set(&fault, STEP_print, error, NULL);
	return failed(&fault);
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

int
main(int argc, char **argv)
{
	struct daemon_spec spec;
	struct resolved to;
	struct fault fault;
	unsigned int closed;
	int error;

	/* What we create has the mode that we say, whoever calls. */
	umask(022);
	/* A message that nobody gets must not cost us the exit status. */
	(void)signals_of_writing(SIG_IGN);
	if ((error = fds_occupy(&closed)) != 0) {
		fault_set(&fault, STEP_descriptors, error, "/dev/null");
		return failed(&fault);
	}
	if (options_parse(argc, argv, &spec, &fault) != 0)
		return failed(&fault);
	if (spec.mode == MODE_HELP)
		return printed(options_help(), closed);
	if (spec.mode == MODE_VERSION)
		return printed(options_version(), closed);
	if (has_borrowed_privileges()) {
		fault_set(&fault, STEP_privileges, REASON_SET_ID, NULL);
		return failed(&fault);
	}
	if (spec.mode == MODE_STOP)
		return control_stop(&spec);
	if (spec.mode == MODE_SIGNAL)
		return control_signal(&spec);
	if (spec.mode == MODE_STATUS || spec.mode == MODE_LIST)
		return shown(&spec, closed);
	if (resolve(&spec, closed, &to, &fault) != 0)
		return failed(&fault);
	if (spec.mode == MODE_EXPLAIN)
		return printed(explain(&spec, &to), closed);
	if (spec.mode == MODE_RESTART && (error = control_stop(&spec)) != 0)
		return error;
	return launch(&spec, &to);
}
