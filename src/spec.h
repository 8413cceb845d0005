/* SPDX-License-Identifier: ISC
 *
 * What was asked: the command line as values.  Filled in by options.c, const
 * from then on.  Strings point into argv.
 */
#ifndef SPEC_H
#define SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "condition.h"
#include "listen.h"
#include "rlimits.h"
#include "sched.h"
#include "schedule.h"

/* A list of words in the order given. */
struct words {
	const char **word;
	size_t count;
};

enum mode { MODE_START, MODE_EXPLAIN, MODE_HELP, MODE_VERSION, MODE_STOP,
    MODE_RESTART, MODE_SIGNAL, MODE_STATUS, MODE_LIST };
enum env_base { ENV_SESSIONLESS, ENV_CLEAR, ENV_KEEP };

struct daemon_spec {
	enum mode mode;

	const char *user;	/* USER or USER:GROUP, NULL: the caller */
	const char *group;	/* NULL: the user's */
	const char *groups;	/* comma-separated, NULL: the user's */

	const char *chdir;	/* NULL: / */
	const char *chroot;	/* NULL: none */
	mode_t umask;

	struct limits limits;
	struct sched sched;
	bool keep_caps;		/* exactly these capabilities: */
	uint64_t caps;
	bool no_new_privs;

	const char *pidfile;	/* NULL: none */
	const char *name;	/* instead of pidfile, in the run directory */
	const char *lockfile;	/* NULL: none */
	bool ok_if_running;

	const char *input;	/* NULL: /dev/null, or the caller's with -f */
	const char *output;
	const char *error;
	const char *log;	/* instead of output and error */
	bool append;
	mode_t log_mode;
	struct words keep_fds;	/* numbers, checked */
	struct listen *listen;	/* NULL: none */
	size_t listen_count;

	enum env_base env_base;
	struct words env;	/* NAME or NAME=VALUE */
	struct words env_files;

	struct condition *ready;	/* what to wait for, but exec */
	size_t ready_count;
	int64_t timeout;	/* of that, milliseconds */
	bool keep_on_timeout;
	struct words ro;	/* paths */
	struct words rw;
	bool no_net;
	struct words bind_ports;	/* numbers, checked */
	struct words connect_ports;

	int signal;		/* for MODE_SIGNAL */
	struct schedule retry;
	bool stop_group;

	bool foreground;
	bool json;
	bool verbose;
	bool quiet;

	char *const *argv;	/* the program and its arguments */
};

/* The first condition of a kind that is waited for, or NULL. */
const struct condition	*spec_awaits(const struct daemon_spec *,
			    enum condition_kind);

/* Is this descriptor handed out for a condition fd:N? */
bool	spec_awaits_fd(const struct daemon_spec *, int fd);

#endif
