/* SPDX-License-Identifier: ISC
 *
 * The whole command line, as words.
 */
#include <sys/mman.h>

#include <getopt.h>
#include <unistd.h>

#include "options.h"
#include "options_table.h"
#include "parse.h"
#include "rundir.h"

#include "fuzz.h"

/* One line, whatever it tells of. */
static void
check_message(const struct fault *fault)
{
	static int file = -1;
	char line[4096];
	ssize_t n;

	if (file == -1)
		file = memfd_create("message", MFD_CLOEXEC);
	check(ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0);
	fault_print(fault, file);
	n = pread(file, line, sizeof line, 0);
	check(n > 12 && n < (ssize_t)sizeof line && line[n - 1] == '\n');
	check(memcmp(line, "daemonize: cannot ", 18) == 0);
	for (ssize_t i = 0; i < n - 1; i++)
		check((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
}

static void
check_spec_of(const struct daemon_spec *spec, char **end)
{
	int fd;

	if (spec->mode == MODE_HELP || spec->mode == MODE_VERSION)
		return;
	check(spec->umask <= 0777 && spec->log_mode <= 0777);
	check(spec->name == NULL || is_daemon_name(spec->name));
	check(spec->name == NULL || spec->pidfile == NULL);
	check(spec->log == NULL ||
	    (spec->output == NULL && spec->error == NULL));
	check(spec->argv <= (char *const *)end);
	if (spec->mode == MODE_START || spec->mode == MODE_EXPLAIN ||
	    spec->mode == MODE_RESTART)
		check(spec->argv[0] != NULL && spec->argv[0][0] != '\0');
	else
		check(spec->argv[0] == NULL);
	if (spec->mode == MODE_SIGNAL)
		check(spec->signal >= 1 && spec->signal <= 64);
	for (size_t i = 0; i < spec->keep_fds.count; i++)
		check(parse_fd(spec->keep_fds.word[i], &fd) == 0 && fd > 2);
	for (size_t i = 0; i < spec->env.count; i++)
		check(spec->env.word[i][0] != '=' &&
		    spec->env.word[i][0] != '\0');
}

FUZZ_TARGET(options)
{
	struct fuzz_words w = fuzz_words(data, size);
	struct daemon_spec spec;
	struct fault fault;
	char *argv[66];

	argv[0] = w.text;
	memcpy(argv + 1, w.word, sizeof w.word);
	/* 0, and not 1: whatever getopt_long(3) remembers is forgotten. */
	optind = 0;
	if (options_parse(w.count + 1, argv, &spec, &fault) == 0)
		check_spec_of(&spec, argv + w.count + 1);
	else {
		check(fault.error == REASON_MISUSE);
		check(fault_status(&fault) == EXIT_USAGE);
		check_message(&fault);
	}
	for (int i = 0; i < w.count; i++)
		(void)option_nearest(w.word[i]);
	free(spec.env.word);
	free(spec.env_files.word);
	free(spec.keep_fds.word);
	free(spec.ready);
	free(spec.ro.word);
	free(spec.rw.word);
	free(spec.bind_ports.word);
	free(spec.connect_ports.word);
	free(spec.listen);
	free(w.text);
}
