/* SPDX-License-Identifier: ISC
 *
 * A kernel that fails, lies or kills at one chosen call of one process.
 *
 *	fault [-o FILE] [-w PROCESS:CALL:N=WHAT]... command [argument ...]
 *
 * Traces the command (process 0) and what it forks (1, 2, ...: in order),
 * each until it executes something else.  FILE gets a line `PROCESS CALL N
 * RESULT` for each call (- for one that does not return), N counting from 1 per
 * process and name.  WHAT makes the Nth call (or * for each) fail with the name
 * of an errno, succeed with a number without being done, do only the first byte
 * (`short`), or kills the process before it.  close(2) is done in any case, as
 * the kernel does.  Exit status: the command's, 128 + signal, 125 for a failure
 * of ours, 124 if the chosen call never came; with FILE that is a line
 * `never ...` there, and no failure.  noproc counts from where it executes the
 * program under test.
 */
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tracer.h"

static void
parse_wish(struct tracer *t, const char *text)
{
	struct wish *w = &t->wish[t->wishes++];
	char n[16], what[32];

	if (t->wishes > MAX_WISHES)
		errx(OURS, "too many wishes");
	if (sscanf(text, "%d:%31[a-z0-9_-]:%15[0-9*]=%31s", &w->process,
	    w->call, n, what) != 4)
		errx(OURS, "not PROCESS:CALL:N=WHAT: %s", text);
	w->n = strcmp(n, "*") == 0 ? 0 : atoi(n);
	if (!wish_parse_what(w, what))
		errx(OURS, "neither kill, short, an errno, nor a number: %s",
		    what);
}

static void
write_note(void *record, const struct noted *c, const char *text)
{
	fprintf(record, "%d %s %d %s\n", c->process, c->call, c->n, text);
}

static pid_t
start(struct tracer *t, char **argv)
{
	pid_t pid = fork();

	if (pid == -1)
		err(OURS, "start");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) == -1)
			_exit(OURS);
		execvp(argv[0], argv);
		err(errno == ENOENT ? 127 : 126, "%s", argv[0]);
	}
	tracer_begin(t, pid);
	return pid;
}

/* Until there is nobody left to trace.  Returns how the command ended. */
static int
trace(struct tracer *t, pid_t command)
{
	int status, result = OURS;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) != -1) {
		tracer_handle(t, pid, status);
		if (pid == command && !WIFSTOPPED(status))
			result = WIFSIGNALED(status) ?
			    128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
	return result;
}

int
main(int argc, char *argv[])
{
	static struct tracer t;
	FILE *record = NULL;
	const char *name;
	int c, status;

	while ((c = getopt(argc, argv, "+o:w:")) != -1) {
		if (c == 'o' && (record = fopen(optarg, "we")) == NULL)
			err(OURS, "%s", optarg);
		else if (c == 'w')
			parse_wish(&t, optarg);
		else if (c == '?')
			return OURS;
	}
	if (optind >= argc)
		errx(OURS, "usage: fault [-o FILE] "
		    "[-w PROCESS:CALL:N=WHAT]... command ...");
	if (record != NULL) {
		t.note = write_note;
		t.note_for = record;
	}
	name = strrchr(argv[optind], '/');
	t.stands_in = name != NULL && strcmp(name, "/noproc") == 0;
	status = trace(&t, start(&t, argv + optind));
	for (int i = 0; i < t.wishes; i++) {
		const struct wish *w = &t.wish[i];

		if (w->hits > 0)
			continue;
		fprintf(record != NULL ? record : stderr, "never %d %s %d\n",
		    w->process, w->call, w->n);
		if (record == NULL)
			status = NEVER;
	}
	if (record != NULL && fclose(record) != 0)
		err(OURS, "record");
	return status;
}
