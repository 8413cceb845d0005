/* SPDX-License-Identifier: ISC
 *
 * Makes the worst caller, then becomes its arguments:
 *
 *	dirty [word ...] -- program [argument ...]
 *
 * One row per word; words act in the order of the table, not of the command
 * line, so that each can be combined with any other.  The program is found
 * before anything gets dirty.  125: some dirt could not be made.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dirty.h"

enum { STATUS_DIRTY = 125, STATUS_CANNOT = 126, STATUS_NOT_FOUND = 127 };

extern char **environ;

static const struct {
	const char *word;
	const char *argument;	/* what it takes, NULL for nothing */
	int (*make)(const char *argument);
} rows[] = {
	{ "path-unset",		NULL,		dirty_path_unset },
	{ "env",		"junk|all|N=V",	dirty_env },
	{ "umask",		"MODE",		dirty_umask },
	{ "nice",		"N",		dirty_nice },
	{ "oom",		"N",		dirty_oom },
	{ "sched",		"batch|idle",	dirty_sched },
	{ "personality",	"NUMBER",	dirty_personality },
	{ "nonewprivs",		NULL,		dirty_nonewprivs },
	{ "subreaper",		NULL,		dirty_subreaper },
	{ "keyring",		"NAME",		dirty_keyring },
	{ "inheritable-caps",	NULL,		dirty_inheritable },
	{ "ambient-caps",	NULL,		dirty_ambient },
	{ "itimer",		NULL,		dirty_itimer },
	{ "sigign",		NULL,		dirty_sigign },
	{ "sigchld-ign",	NULL,		dirty_sigchld },
	{ "sigblock",		NULL,		dirty_sigblock },
	{ "pending",		"SIGNAL",	dirty_pending },
	{ "tty",		NULL,		dirty_tty },
	{ "fds",		"N",		dirty_fds },
	{ "wronly-stdin",	NULL,		dirty_wronly_stdin },
	{ "nonblock",		NULL,		dirty_nonblock },
	{ "deadcwd",		NULL,		dirty_deadcwd },
	{ "noproc",		NULL,		dirty_noproc },
	{ "nofile",		"N|max",	dirty_nofile },
	{ "closed",		"FD,...",	dirty_closed },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* Descriptor 2 may be closed by now; this one ends with the exec. */
static int complaints = -1;

static void __attribute__((format(printf, 2, 3)))
die(int status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	dprintf(complaints, "dirty: ");
	vdprintf(complaints, format, ap);
	dprintf(complaints, "\n");
	va_end(ap);
	exit(status);
}

long
dirty_number(const char *text, long min, long max)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 0);
	if (errno != 0 || end == text || *end != '\0' || n < min || n > max)
		die(STATUS_DIRTY, "not a number from %ld to %ld: %s", min, max,
		    text);
	return n;
}

static size_t
word_length(const char *word)
{
	return strcspn(word, ":");
}

static int
matches(const char *word, size_t row)
{
	return strlen(rows[row].word) == word_length(word) &&
	    strncmp(word, rows[row].word, word_length(word)) == 0 &&
	    (strchr(word, ':') != NULL) == (rows[row].argument != NULL);
}

static void
check_word(const char *word)
{
	for (size_t row = 0; row < ROWS; row++)
		if (matches(word, row))
			return;
	dprintf(complaints, "dirty: no such word: %s\nThe words are:", word);
	for (size_t row = 0; row < ROWS; row++)
		dprintf(complaints, " %s%s%s", rows[row].word,
		    rows[row].argument ? ":" : "",
		    rows[row].argument ? rows[row].argument : "");
	dprintf(complaints, "\n");
	exit(STATUS_DIRTY);
}

static void
make_dirty(char **words, int n)
{
	for (size_t row = 0; row < ROWS; row++) {
		for (int i = 0; i < n; i++) {
			const char *word = words[i];
			const char *argument = strchr(word, ':');

			if (!matches(word, row))
				continue;
			if (rows[row].make(argument ? argument + 1 : "") == -1)
				die(STATUS_DIRTY, "cannot make: %s: %s", word,
				    strerror(errno));
		}
	}
}

/* Absolute, because the directory and PATH may go. */
static char *
find_program(const char *name)
{
	const char *search = getenv("PATH");
	char path[PATH_MAX];

	if (strchr(name, '/') != NULL)
		return realpath(name, NULL);
	for (const char *p = search; p != NULL && *p != '\0'; ) {
		int len = (int)strcspn(p, ":");

		snprintf(path, sizeof(path), "%.*s/%s", len, p, name);
		if (access(path, X_OK) == 0)
			return realpath(path, NULL);
		p += p[len] == ':' ? len + 1 : len;
	}
	return NULL;
}

int
main(int argc, char *argv[])
{
	int i = 1;
	char *program;

	complaints = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	while (i < argc && strcmp(argv[i], "--") != 0)
		check_word(argv[i++]);
	if (i + 1 >= argc)
		die(STATUS_DIRTY, "usage: dirty [word ...] -- program ...");
	program = find_program(argv[i + 1]);
	if (program == NULL)
		die(STATUS_NOT_FOUND, "not found: %s", argv[i + 1]);
	make_dirty(argv + 1, i - 1);
	execve(program, argv + i + 1, environ);
	die(STATUS_CANNOT, "cannot execute: %s: %s", program, strerror(errno));
}
