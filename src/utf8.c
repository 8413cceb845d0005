/* SPDX-License-Identifier: ISC
 *
 * What is UTF-8, and what is not.
 */
#include "utf8.h"

size_t
utf8_sequence(const unsigned char *text, size_t length)
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
