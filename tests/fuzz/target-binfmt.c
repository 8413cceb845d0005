/* SPDX-License-Identifier: ISC
 *
 * An entry of binfmt_misc, a NUL, and the beginning of a file.
 */
#include "binfmt.c"

#include "fuzz.h"

FUZZ_TARGET(binfmt)
{
	const uint8_t *nul = size > 0 ? memchr(data, '\0', size) : NULL;
	size_t n = nul != NULL ? (size_t)(nul - data) : size;
	size_t length = nul != NULL ? size - n - 1 : 0;
	struct entry entry;
	char *text, *head;
	FILE *file;

	if (n == 0)
		return;
	text = fuzz_text(data, n);
	head = malloc(length > 0 ? length : 1);
	check(head != NULL);
	if (length > 0)
		memcpy(head, nul + 1, length);
	file = fmemopen(text, n, "r");
	check(file != NULL);
	parse_entry(file, &entry);
	fclose(file);
	check(strlen(entry.extension) < sizeof entry.extension &&
	    strlen(entry.magic) < sizeof entry.magic &&
	    strlen(entry.flags) < sizeof entry.flags &&
	    strlen(entry.interpreter) < sizeof entry.interpreter);
	/* Without anything to go by, nothing fits. */
	if (fits(&entry, "/usr/bin/a.jar", head, length))
		check(entry.extension[0] != '\0' || entry.magic[0] != '\0');
	free(head);
	free(text);
}
