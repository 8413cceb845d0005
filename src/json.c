/* SPDX-License-Identifier: ISC
 *
 * Writing JSON on standard output.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

void
json_string(const char *text, size_t length)
{
	const unsigned char *p = (const unsigned char *)text;

	putchar('"');
	while (length > 0) {
		size_t n = utf8_sequence(p, length);

		if (n == 0) {
			fputs("\\ufffd", stdout);
			n = 1;
		} else if (*p == '"' || *p == '\\')
			printf("\\%c", *p);
		else if (*p < ' ' || *p == 0x7f)
			printf("\\u%04x", *p);
		else
			fwrite(p, 1, n, stdout);
		p += n;
		length -= n;
	}
	putchar('"');
}

void
json_name(const char *name, bool *first)
{
	if (!*first)
		putchar(',');
	*first = false;
	json_string(name, strlen(name));
	putchar(':');
}
