/* SPDX-License-Identifier: ISC
 *
 * PATH, and the name of a program: two lines.
 */
#include "resolve.h"

#include "fuzz.h"

FUZZ_TARGET(search)
{
	char *text = fuzz_text(data, size), *rest = text, candidate[64];
	const char *path = strsep(&rest, "\n"), *end = path + strlen(path);
	const char *name = rest != NULL ? rest : "";

	while (next_candidate(&path, name, candidate, sizeof candidate)) {
		size_t n = strlen(candidate), m = strlen(name);

		check(candidate[0] == '/');
		check(n < sizeof candidate && n > m);
		check(strcmp(candidate + n - m, name) == 0 &&
		    candidate[n - m - 1] == '/');
		check(path == NULL || (path <= end && path[-1] == ':'));
	}
	check(path == NULL);
	free(text);
}
