/* SPDX-License-Identifier: ISC
 *
 * The command line: options.def to getopt_long(3), --help and daemon_spec.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "report.h"
#include "spec.h"

/*
 * Read the command line into a spec.  0, or REASON_MISUSE or ENOMEM with the
 * fault filled in.  What the spec points to lives as long as argv.
 */
int	options_parse(int argc, char **argv, struct daemon_spec *,
	    struct fault *);

/* --help and --version, on standard output.  0 or an errno value. */
int	options_help(void);
int	options_version(void);

#endif
