/* SPDX-License-Identifier: ISC
 *
 * Linked into the program for a start below valgrind, which has put its own
 * libraries into the environment: the caller's is what the tests know.
 */
#include <stdlib.h>
#include <string.h>

__attribute__((constructor)) static void
forget_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	if (preload == NULL || strstr(preload, "valgrind") == NULL)
		return;
	unsetenv("LD_PRELOAD");
	unsetenv("GLIBCPP_FORCE_NEW");
	unsetenv("GLIBCXX_FORCE_NEW");
}
