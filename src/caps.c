/* SPDX-License-Identifier: ISC
 *
 * Sets of capabilities as text and as values.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "caps.h"

static const char *const names[] = {
#define CAPABILITY(name) #name,
#include "caps.def"
};

#define COUNT	(sizeof names / sizeof names[0])

/* The bit of a name, 0: there is no such capability. */
static uint64_t
find_capability(const char *name, size_t length)
{
	static const char prefix[] = "cap_";

	if (length > strlen(prefix) &&
	    strncasecmp(name, prefix, strlen(prefix)) == 0) {
		name += strlen(prefix);
		length -= strlen(prefix);
	}
	for (size_t i = 0; i < COUNT; i++)
		if (strlen(names[i]) == length &&
		    strncasecmp(names[i], name, length) == 0)
			return UINT64_C(1) << i;
	return 0;
}

int
caps_parse(const char *text, uint64_t *set)
{
	uint64_t all = 0;

	while (*text != '\0') {
		size_t length = strcspn(text, ",");
		uint64_t bit = find_capability(text, length);

		if (bit == 0)
			return EINVAL;
		all |= bit;
		text += length;
		/* A comma is followed by another name. */
		if (*text == ',' && *++text == '\0')
			return EINVAL;
	}
	*set = all;
	return 0;
}

void
caps_format(uint64_t set, char *text, size_t size)
{
	const char *comma = "";
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < COUNT && n < size; i++) {
		if ((set >> i & 1) == 0)
			continue;
		n += (size_t)snprintf(text + n, size - n, "%s%s", comma,
		    names[i]);
		comma = ",";
	}
}
