/* SPDX-License-Identifier: ISC
 *
 * ELF: what this machine's kernel executes itself, of both classes, its loader
 * and its capabilities.
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

#define IS_WIDE	(sizeof(ElfW(Ehdr)) == sizeof(Elf64_Ehdr))

void
look_tell(const struct look *look, const char *what)
{
	text_fit(look->detail, FAULT_DETAIL, "%s", what);
}

/* A binary, in the widths of 64 bits whatever its own are. */
struct elf {
	int		fd;
	bool		wide;		/* ELFCLASS64 */
	Elf64_Ehdr	header;
};

/* A kernel that executes one of the two may execute the other. */
static const struct {
	Elf64_Half	wide;
	Elf64_Half	narrow;
} siblings[] = {
	{ EM_X86_64, EM_386 },
	{ EM_AARCH64, EM_ARM },
	{ EM_PPC64, EM_PPC },
	{ EM_SPARCV9, EM_SPARC },
	{ EM_SPARCV9, EM_SPARC32PLUS },
};

/* Many machines have one number for both classes. */
static bool
is_for_machine(const struct elf *elf)
{
	const Elf64_Half own = __ehdr_start.e_machine;
	const Elf64_Half other = elf->header.e_machine;

	for (size_t i = 0; i < sizeof siblings / sizeof siblings[0]; i++)
		if (elf->wide != IS_WIDE &&
		    own == (IS_WIDE ? siblings[i].wide : siblings[i].narrow) &&
		    other == (IS_WIDE ? siblings[i].narrow : siblings[i].wide))
			return true;
	return own == other;
}

/* Of a loader, the kernel looks at no more than this. */
static bool
is_mapped(const struct elf *elf)
{
	const Elf64_Ehdr *header = &elf->header;

	return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
	    is_for_machine(elf) &&
	    (header->e_type == ET_EXEC || header->e_type == ET_DYN) &&
	    header->e_phentsize == (elf->wide ? sizeof(Elf64_Phdr) :
	    sizeof(Elf32_Phdr)) && header->e_phnum > 0;
}

/* Take from the beginning of a file what counts here; is that all there? */
static bool
take_header(struct elf *elf, const char *head, size_t length)
{
	Elf64_Ehdr *header = &elf->header;
	Elf32_Ehdr narrow;

	if (length < (elf->wide ? sizeof *header : sizeof narrow))
		return false;
	if (elf->wide) {
		memcpy(header, head, sizeof *header);
		return true;
	}
	memcpy(&narrow, head, sizeof narrow);
	*header = (Elf64_Ehdr){ .e_type = narrow.e_type,
	    .e_machine = narrow.e_machine, .e_phoff = narrow.e_phoff,
	    .e_phentsize = narrow.e_phentsize, .e_phnum = narrow.e_phnum };
	memcpy(header->e_ident, narrow.e_ident, EI_NIDENT);
	return true;
}

static bool
is_program(struct elf *elf, const char *head, size_t length)
{
	if (length <= EI_DATA || (head[EI_CLASS] != ELFCLASS32 &&
	    head[EI_CLASS] != ELFCLASS64) ||
	    head[EI_DATA] != (char)__ehdr_start.e_ident[EI_DATA])
		return false;
	elf->wide = head[EI_CLASS] == ELFCLASS64;
	return take_header(elf, head, length) && is_mapped(elf);
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

static int
read_segment(const struct elf *elf, unsigned int i, Elf64_Phdr *segment,
    const struct look *look)
{
	const size_t size = elf->header.e_phentsize;
	Elf32_Phdr narrow;
	ssize_t n = pread(elf->fd, elf->wide ? (void *)segment : &narrow, size,
	    (off_t)(elf->header.e_phoff + i * size));

	if (n != (ssize_t)size)
		return cut_off(n, look);
	if (!elf->wide)
		*segment = (Elf64_Phdr){ .p_type = narrow.p_type,
		    .p_offset = narrow.p_offset, .p_filesz = narrow.p_filesz };
	return 0;
}

/* All that is to be mapped must be there.  *interp: what names the loader. */
static int
examine_segments(const struct elf *elf, Elf64_Phdr *interp,
    const struct look *look)
{
	Elf64_Phdr segment;
	struct stat st;
	int error = fstat(elf->fd, &st) == -1 ? errno : 0;

	interp->p_type = PT_NULL;
	for (unsigned int i = 0; error == 0 && i < elf->header.e_phnum; i++) {
		error = read_segment(elf, i, &segment, look);
		if (error != 0)
			return error;
		if (segment.p_type == PT_LOAD && segment.p_filesz != 0 &&
		    (off_t)(segment.p_offset + segment.p_filesz) > st.st_size)
			return cut_off(0, look);
		if (segment.p_type == PT_INTERP && interp->p_type == PT_NULL)
			*interp = segment;
	}
	return error;
}

/* It is mapped, not executed: what it names in turn is not asked. */
static int
examine_loader(struct elf *loader, const struct look *look)
{
	char head[sizeof loader->header];
	Elf64_Phdr interp;
	ssize_t n = read(loader->fd, head, sizeof head);

	if (n == -1)
		return errno;
	return take_header(loader, head, (size_t)n) && is_mapped(loader) ?
	    examine_segments(loader, &interp, look) : REASON_NO_FORMAT;
}

static int
judge_loader(const char *name, bool wide, const struct look *look)
{
	struct elf loader = { .wide = wide };
	int error = program_judge(name);

	if (error != 0)
		return error;
	loader.fd = program_open(name);
	if (loader.fd == -1)
		return errno == EACCES ? 0 : errno;
	error = examine_loader(&loader, look);
	close(loader.fd);
	return error;
}

static int
find_loader(const struct elf *elf, const Elf64_Phdr *interp,
    const struct look *look)
{
	char name[PROGRAM_PATH];
	ssize_t n = pread(elf->fd, name, sizeof name - 1,
	    (off_t)interp->p_offset);
	int error;

	if (n <= 0)
		return cut_off(n, look);
	name[n] = '\0';
	error = judge_loader(name, elf->wide, look);
	if (error != 0)
		text_fit(look->detail, FAULT_DETAIL, "%s%s", name,
		    look->detail[0] != '\0' ? ", which is cut off" : "");
	/* What rehearses would refuse all calls of one of the other class. */
	else if (look->parts != NULL && elf->wide == IS_WIDE)
		strlcpy(look->parts->loader, name, PROGRAM_PATH);
	if (error == REASON_NO_FORMAT)
		return REASON_BAD_LOADER;
	return error == ENOENT || error == ENOTDIR ? REASON_NO_INTERPRETER :
	    error;
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
binary_examine(int fd, const char *head, size_t length, const char *path,
    bool is_interpreter, const struct look *look)
{
	struct elf elf = { .fd = fd };
	Elf64_Phdr interp;
	int error;

	if (!is_program(&elf, head, length))
		return REASON_NO_FORMAT;
	error = examine_segments(&elf, &interp, look);
	if (error == 0 && interp.p_type == PT_INTERP)
		error = find_loader(&elf, &interp, look);
	return error != 0 ? error :
	    examine_capabilities(fd, path, is_interpreter, look);
}

bool
binary_is_cut_off(int fd)
{
	char head[PROGRAM_HEAD], detail[FAULT_DETAIL];
	const struct look look = { .detail = detail };
	struct elf elf = { .fd = fd };
	Elf64_Phdr interp;
	ssize_t n = read(fd, head, sizeof head);

	return n != -1 && is_program(&elf, head, (size_t)n) &&
	    examine_segments(&elf, &interp, &look) == REASON_NO_FORMAT;
}
