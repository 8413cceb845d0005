/* SPDX-License-Identifier: ISC
 *
 * Writing JSON on standard output.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

/* The length of the UTF-8 sequence at text, or 0 if it is none. */
static size_t
sequence(const unsigned char *text, size_t length)
{
	static const struct {
		unsigned char first, last;	/* of the first byte */
		size_t	      length;
		unsigned char low, high;	/* of the second */
	} forms[] = { { 0xc2, 0xdf, 2, 0x80, 0xbf },
	    { 0xe0, 0xe0, 3, 0xa0, 0xbf }, { 0xe1, 0xec, 3, 0x80, 0xbf },
	    { 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf },
	    { 0xf0, 0xf0, 4, 0x90, 0xbf }, { 0xf1, 0xf3, 4, 0x80, 0xbf },
	    { 0xf4, 0xf4, 4, 0x80, 0x8f } };

	if (text[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (text[0] < forms[i].first || text[0] > forms[i].last)
			continue;
		if (length < forms[i].length || text[1] < forms[i].low ||
		    text[1] > forms[i].high)
			return 0;
		for (size_t j = 2; j < forms[i].length; j++)
			if ((text[j] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

void
json_string(const char *text, size_t length)
{
	const unsigned char *p = (const unsigned char *)text;

	putchar('"');
	while (length > 0) {
		size_t n = sequence(p, length);

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
