/* SPDX-License-Identifier: ISC
 *
 * The entries of binfmt_misc, as Linux's Documentation/admin-guide/binfmt-misc
 * describes their files.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binfmt.h"
#include "compat.h"

#define BINFMT_DIR	"/proc/sys/fs/binfmt_misc"
#define MAGIC_MAX	256
#define INTERPRETER_MAX	2048	/* no entry is longer */

struct entry {
	bool	enabled;
	char	extension[64];	/* with its dot, "": by magic */
	size_t	offset;
	char	magic[2 * MAGIC_MAX + 1];	/* hexadecimal */
	char	mask[2 * MAGIC_MAX + 1];	/* "": every bit counts */
	char	interpreter[INTERPRETER_MAX];
	char	flags[16];
};

static void
parse_entry(FILE *file, struct entry *entry)
{
	char line[INTERPRETER_MAX + 64];

	*entry = (struct entry){ 0 };
	while (fgets(line, sizeof line, file) != NULL) {
		if (strcmp(line, "enabled\n") == 0)
			entry->enabled = true;
		(void)sscanf(line, "extension %63s", entry->extension);
		(void)sscanf(line, "offset %zu", &entry->offset);
		(void)sscanf(line, "magic %512s", entry->magic);
		(void)sscanf(line, "mask %512s", entry->mask);
		(void)sscanf(line, "flags: %15s", entry->flags);
		/* It may have blanks. */
		(void)sscanf(line, "interpreter %2047[^\n]",
		    entry->interpreter);
	}
}

static bool
read_entry(const char *name, struct entry *entry)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof path, BINFMT_DIR "/%s", name);
	if ((file = fopen(path, "re")) == NULL)
		return false;
	parse_entry(file, entry);
	fclose(file);
	return entry->enabled;
}

static unsigned int
hex_byte(const char *text)
{
	const char digits[3] = { text[0], text[1], '\0' };

	return (unsigned int)strtoul(digits, NULL, 16);
}

static bool
magic_fits(const struct entry *entry, const char *head, size_t length)
{
	size_t n = strlen(entry->magic) / 2;
	bool masked = strlen(entry->mask) / 2 == n;

	if (n == 0 || entry->offset > length || n > length - entry->offset)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned int mask = masked ? hex_byte(entry->mask + 2 * i) :
		    0xff;
		unsigned int byte = (unsigned char)head[entry->offset + i];

		if (((byte ^ hex_byte(entry->magic + 2 * i)) & mask) != 0)
			return false;
	}
	return true;
}

static bool
fits(const struct entry *entry, const char *path, const char *head,
    size_t length)
{
	const char *dot = strrchr(path, '.');

	if (entry->extension[0] != '\0')
		return dot != NULL && strcmp(dot, entry->extension) == 0;
	return magic_fits(entry, head, length);
}

bool
binfmt_takes(const char *path, const char *head, size_t length,
    char interpreter[PROGRAM_PATH])
{
	const struct dirent *file;
	struct entry entry;
	bool found = false;
	DIR *dir = NULL;

	/* All of it may be switched off. */
	if (read_entry("status", &entry))
		dir = opendir(BINFMT_DIR);
	if (dir == NULL)
		return false;
	while (!found && (file = readdir(dir)) != NULL)
		found = file->d_name[0] != '.' &&
		    strcmp(file->d_name, "register") != 0 &&
		    read_entry(file->d_name, &entry) &&
		    fits(&entry, path, head, length);
	closedir(dir);
	/* The kernel has opened that of F already, wherever it is. */
	strlcpy(interpreter, found && strchr(entry.flags, 'F') == NULL ?
	    entry.interpreter : "", PROGRAM_PATH);
	return found;
}
