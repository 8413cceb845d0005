/* SPDX-License-Identifier: ISC
 *
 * What a start costs that is nearly the same each time, by ptrace(2):
 * system calls, instructions of the program (one step each), and the memory of
 * its greatest process.  The witness does not count.
 */
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contest.h"
#include "witness.h"

#define PROCESSES	64

struct count {
	bool	step;		/* instructions, else system calls */
	long	events;
	long	memory;		/* KiB */
	pid_t	witness[PROCESSES];
	size_t	witnesses;
};

enum { CALLS, INSTRUCTIONS, MEMORY };

static pid_t
spawn_traced(const struct contestant *c)
{
	pid_t pid = fork();

	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
			_exit(126);
		execv(c->argv[0], c->argv);
		_exit(127);
	}
	return pid;
}

static bool
is_witness(const struct count *count, pid_t pid)
{
	for (size_t i = 0; i < count->witnesses; i++)
		if (count->witness[i] == pid)
			return true;
	return false;
}

/* Has this process just become the witness? */
static void
note_exec(struct count *count, pid_t pid)
{
	static const char name[] = "/witness";
	char link[40], path[4096];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
	n = readlink(link, path, sizeof path);
	if (n >= (ssize_t)sizeof name - 1 && memcmp(path + n -
	    (sizeof name - 1), name, sizeof name - 1) == 0 &&
	    count->witnesses < PROCESSES)
		count->witness[count->witnesses++] = pid;
}

static void
note_memory(struct count *count, pid_t pid)
{
	char path[40], line[256];
	FILE *status;
	long kib;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	if ((status = fopen(path, "r")) == NULL)
		return;
	while (fgets(line, sizeof line, status) != NULL)
		if (sscanf(line, "VmHWM: %ld", &kib) == 1 &&
		    kib > count->memory)
			count->memory = kib;
	fclose(status);
}

/* One stop of one process.  Returns the signal to let through. */
static int
look(struct count *count, pid_t pid, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_EXEC)
		note_exec(count, pid);
	if (event == PTRACE_EVENT_EXIT && !is_witness(count, pid))
		note_memory(count, pid);
	if (event != 0)
		return 0;
	if (signal == (count->step ? SIGTRAP : SIGTRAP | 0x80))
		count->events += !is_witness(count, pid);
	/* A traced child begins with one of these. */
	return (signal & ~0x80) == SIGTRAP || signal == SIGSTOP ? 0 : signal;
}

static void
trace(const struct contest *contest, const struct contestant *c,
    struct count *count)
{
	const int request = count->step ? PTRACE_SINGLESTEP : PTRACE_SYSCALL;
	struct testimony t;
	pid_t pid = spawn_traced(c), first = pid;
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD |
	    PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
	    PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT) == -1)
		err(1, "%s: ptrace", c->name);
	do {
		int signal = WIFSTOPPED(status) ? look(count, pid, status) : 0;

		if (WIFSTOPPED(status) && ptrace(is_witness(count, pid) ?
		    PTRACE_CONT : request, pid, NULL, signal) == -1 &&
		    errno != ESRCH)
			err(1, "%s: ptrace", c->name);
		if (!WIFSTOPPED(status) && pid == first && status != 0)
			errx(1, "%s: wait status %x", c->name,
			    (unsigned)status);
		pid = waitpid(-1, &status, __WALL);
	} while (pid > 0);
	hear(contest, c, &t);
	hear_nothing(contest, c);
}

static double
count_one(const struct contest *contest, const struct contestant *c,
    bool step, long *memory)
{
	struct count count = { .step = step };

	make_empty(c);
	trace(contest, c, &count);
	if (memory != NULL)
		*memory = count.memory;
	/* A system call stops twice, on its way in and on its way out. */
	return step ? (double)count.events : (double)(count.events / 2);
}

void
contest_counts(struct contest *contest)
{
	for (size_t i = 0; i < contest->rounds; i++)
		for (size_t j = 0; j < contest->count; j++) {
			const struct contestant *c = &contest->list[j];
			long memory = 0;

			c->values[CALLS][i] =
			    count_one(contest, c, false, &memory);
			c->values[INSTRUCTIONS][i] =
			    count_one(contest, c, true, NULL);
			c->values[MEMORY][i] = (double)memory;
		}
	print_metric(contest, CALLS, "calls", "");
	print_metric(contest, INSTRUCTIONS, "instructions", "");
	print_metric(contest, MEMORY, "memory", "KiB");
}
