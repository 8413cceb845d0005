/* SPDX-License-Identifier: ISC
 *
 * Modes and masks, octal and symbolic.
 */
#include <ctype.h>

#include "parse.h"

#include "fuzz.h"

/* A mode in chmod(1)'s own words means that mode, whatever it starts from. */
static void
check_printed(mode_t mode)
{
	char text[32], *p = text;
	mode_t again;

	for (int i = 0; i < 3; i++) {
		unsigned int bits = (mode >> (6 - 3 * i)) & 7;

		p += snprintf(p, 10, "%s%c=%s%s%s", i > 0 ? "," : "",
		    "ugo"[i], (bits & 4) != 0 ? "r" : "",
		    (bits & 2) != 0 ? "w" : "", (bits & 1) != 0 ? "x" : "");
	}
	again = 07000;
	check(parse_mode(text, 0640, &again) == 0 && again == mode);
	again = 07000;
	check(parse_umask(text, &again) == 0 && again == (0777 & ~mode));
	snprintf(text, sizeof text, "%04o", (unsigned int)mode);
	check(parse_mode(text, 0, &again) == 0 && again == mode);
	check(parse_umask(text, &again) == 0 && again == mode);
}

FUZZ_TARGET(mode)
{
	char *text = fuzz_text(data, size);
	mode_t mode = 07000, mask = 07000;
	int error = parse_mode(text, 0640, &mode);

	check(parse_umask(text, &mask) == error || text[0] == '\0' ||
	    !isdigit((unsigned char)text[0]));
	if (error == 0) {
		check(mode <= 0777);
		check_printed(mode);
		mask = 07000;
		check(parse_mode(text, 0640, &mask) == 0 && mask == mode);
	} else
		check(mode == 07000);
	free(text);
}
