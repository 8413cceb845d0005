/* SPDX-License-Identifier: ISC
 *
 * ELF: what this machine executes itself, its loader and its capabilities.
 */
#include <sys/stat.h>

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "binary.h"
#include "caps.h"
#include "compat.h"
#include "filecaps.h"
#include "paths.h"
#include "report.h"

/* The linker's name for our own header: what this machine executes. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

void
look_tell(const struct look *look, const char *what)
{
	text_fit(look->detail, FAULT_DETAIL, "%s", what);
}

/* Of a loader, the kernel looks at no more than this. */
static bool
is_mapped(const ElfW(Ehdr) *header)
{
	return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
	    header->e_machine == __ehdr_start.e_machine &&
	    (header->e_type == ET_EXEC || header->e_type == ET_DYN) &&
	    header->e_phentsize == sizeof(ElfW(Phdr)) && header->e_phnum > 0;
}

bool
binary_is_native(const char *head, size_t length)
{
	ElfW(Ehdr) header;

	if (length < sizeof header)
		return false;
	memcpy(&header, head, sizeof header);
	/* Magic, class and byte order. */
	return memcmp(header.e_ident, __ehdr_start.e_ident, EI_VERSION) == 0 &&
	    is_mapped(&header);
}

/* Too little was there; EINVAL is an offset that no file has. */
static int
cut_off(ssize_t n, const struct look *look)
{
	if (n == -1 && errno != EINVAL)
		return errno;
	look_tell(look, "a binary that is cut off");
	return REASON_NO_FORMAT;
}

/* It is mapped, not executed: what it names in turn is not asked. */
static int
judge_loader(const char *name)
{
	ElfW(Ehdr) header;
	int fd, error = program_judge(name);
	ssize_t n;

	if (error != 0)
		return error;
	fd = program_open(name);
	if (fd == -1)
		return errno == EACCES ? 0 : errno;
	n = read(fd, &header, sizeof header);
	error = n == -1 ? errno : 0;
	close(fd);
	return error != 0 || (n == sizeof header && is_mapped(&header)) ?
	    error : REASON_BAD_LOADER;
}

static int
examine_loader(int fd, const ElfW(Phdr) *segment, const struct look *look)
{
	char name[PROGRAM_PATH];
	ssize_t n = pread(fd, name, sizeof name - 1, (off_t)segment->p_offset);
	int error;

	if (n <= 0)
		return cut_off(n, look);
	name[n] = '\0';
	error = judge_loader(name);
	if (error != 0)
		look_tell(look, name);
	else if (look->parts != NULL)
		strlcpy(look->parts->loader, name, PROGRAM_PATH);
	return error == ENOENT || error == ENOTDIR ? REASON_NO_INTERPRETER :
	    error;
}

/* All that is to be mapped must be there, and the loader that it names. */
static int
examine_segments(int fd, const ElfW(Ehdr) *header, const struct look *look)
{
	ElfW(Phdr) segment;
	struct stat st;
	int error = fstat(fd, &st) == -1 ? errno : 0;

	for (unsigned int i = 0; error == 0 && i < header->e_phnum; i++) {
		ssize_t n = pread(fd, &segment, sizeof segment,
		    (off_t)(header->e_phoff + i * sizeof segment));

		if (n != (ssize_t)sizeof segment)
			return cut_off(n, look);
		if (segment.p_type == PT_LOAD && (off_t)(segment.p_offset +
		    segment.p_filesz) > st.st_size)
			return cut_off(0, look);
		if (segment.p_type == PT_INTERP)
			error = examine_loader(fd, &segment, look);
	}
	return error;
}

bool
binary_is_other_class(const char *head)
{
	return memcmp(head, ELFMAG, SELFMAG) == 0 &&
	    (head[EI_CLASS] == ELFCLASS32 || head[EI_CLASS] == ELFCLASS64) &&
	    head[EI_CLASS] != (char)__ehdr_start.e_ident[EI_CLASS];
}

/*
 * Those of a script do not count: the kernel looks at its interpreter's.  Nor
 * do those in another mount namespace, which a descriptor may lead to.
 */
static int
examine_capabilities(int fd, const char *path, bool is_interpreter,
    const struct look *look)
{
	uint64_t lacking = path_is_about_us(path) ? 0 : filecaps_lacking(fd);
	char names[FAULT_DETAIL];

	if (lacking == 0)
		return 0;
	caps_format(lacking, names, sizeof names);
	text_fit(look->detail, FAULT_DETAIL, "%s%s%s",
	    is_interpreter ? path : "", is_interpreter ? ": " : "", names);
	return REASON_UNBOUNDED;
}

int
binary_examine(int fd, const char *head, const char *path,
    bool is_interpreter, const struct look *look)
{
	ElfW(Ehdr) header;
	int error;

	memcpy(&header, head, sizeof header);
	error = examine_segments(fd, &header, look);
	return error != 0 ? error :
	    examine_capabilities(fd, path, is_interpreter, look);
}
