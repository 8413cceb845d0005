/* SPDX-License-Identifier: ISC
 *
 * Stands for the program under test, and executes UNDER, a list of words from
 * the compiler's command line, with its own arguments behind: the program
 * below an emulator, or below valgrind.  A shell would change descriptors,
 * signals and the environment.
 */
#include <sys/prctl.h>

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	static char *const under[] = { UNDER };
	size_t n = sizeof(under) / sizeof(under[0]);
	char **words = calloc(n + (size_t)argc, sizeof(*words));

	if (words == NULL)
		return 125;
	for (size_t i = 0; i < n; i++)
		words[i] = under[i];
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
