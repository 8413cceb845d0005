/* SPDX-License-Identifier: ISC
 *
 * Stands for the program under test, and executes UNDER, a list of words from
 * the compiler's command line, with its own arguments behind: the program
 * below an emulator, or below valgrind, which writes a log of each process in
 * the directory LOGS.  A shell would change descriptors, signals and the
 * environment.
 */
#include <sys/prctl.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	static char *const under[] = { UNDER };
	size_t n = sizeof(under) / sizeof(under[0]);
	char **words = calloc(n + (size_t)argc + 1, sizeof(*words));

	if (words == NULL)
		return 125;
	for (size_t i = 0; i < n; i++)
		words[i] = under[i];
#ifdef LOGS
	/* A pid comes back, in so many processes, and a moment does not. */
	static char log[4096];
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(log, sizeof(log), "--log-file=%s/%%p.%lld.%09ld", LOGS,
	    (long long)now.tv_sec, now.tv_nsec);
	/* Before the program, the last word of UNDER. */
	words[n] = words[n - 1];
	words[n - 1] = log;
	n++;
#endif
	for (int i = 1; i < argc; i++)
		words[n + (size_t)i - 1] = argv[i];
#ifdef SUBREAPER
	/* See shim.c; an exec keeps it. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		return 125;
#endif
	execv(words[0], words);
	return 127;
}
