/* SPDX-License-Identifier: ISC
 *
 * Ids and descriptor numbers: what is taken is the one spelling of a number.
 */
#include <limits.h>

#include "parse.h"

#include "fuzz.h"

FUZZ_TARGET(number)
{
	char *text = fuzz_text(data, size), printed[32];
	id_t id = 12345;
	int fd = 12345;

	if (parse_id(text, &id) == 0) {
		snprintf(printed, sizeof printed, "%u", (unsigned int)id);
		check(strcmp(printed, text) == 0);
		check(id != (id_t)-1);
	} else
		check(id == 12345);
	if (parse_fd(text, &fd) == 0) {
		snprintf(printed, sizeof printed, "%d", fd);
		check(strcmp(printed, text) == 0);
	} else
		check(fd == 12345);
	free(text);
}
