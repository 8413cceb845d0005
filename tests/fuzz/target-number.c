/* SPDX-License-Identifier: ISC
 *
 * Ids, descriptor numbers and octal modes: what is taken is the one spelling of
 * a number.
 */
#include <limits.h>

#include "parse.h"

#include "fuzz.h"

FUZZ_TARGET(number)
{
	char *text = fuzz_text(data, size), printed[32];
	id_t id = 12345;
	int fd = 12345;
	mode_t mode = 07070;

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
	if (parse_octal(text, &mode) == 0) {
		check(mode <= 0777 && mode == strtoul(text, NULL, 8));
		check(strlen(text) <= 4 &&
		    text[strspn(text, "01234567")] == '\0');
	} else
		check(mode == 07070);
	free(text);
}
