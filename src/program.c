/* SPDX-License-Identifier: ISC
 *
 * The program's file: whether the kernel would execute it, and if not, why.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "binfmt.h"
#include "caps.h"
#include "compat.h"
#include "filecaps.h"
#include "paths.h"
#include "program.h"
#include "report.h"

/* An examination under way. */
struct look {
	char			*detail;	/* FAULT_DETAIL */
	struct program_parts	*parts;		/* NULL: nobody wants them */
};

/* AT_EXECVE_CHECK of Linux 6.14, which older headers lack. */
#define EXEC_CHECK	0x10000

static int
judge(const char *path)
{
	struct stat st;
	int error = path_access(path, X_OK);

	if (error != 0)
		return error;
	if (stat(path, &st) == -1)
		return errno;
	return S_ISREG(st.st_mode) ? 0 : EACCES;
}

int
program_find(const struct resolved *to, const char *name, char *path)
{
	const char *rest = environ_path(&to->env, &to->account);
	int result = REASON_NO_PROGRAM;

	if (to->program != NULL)
		return strlcpy(path, to->program, PROGRAM_PATH) <
		    PROGRAM_PATH ? 0 : ENAMETOOLONG;
	while (next_candidate(&rest, name, path, PROGRAM_PATH)) {
		int error = judge(path);

		if (error == 0)
			return 0;
		if (error == EACCES)
			result = EACCES;
	}
	return result;
}

/* What it is about. */
static void
tell(const struct look *look, const char *what)
{
	text_fit(look->detail, FAULT_DETAIL, "%s", what);
}

static int	examine(const char *path, int depth, const struct look *);

static int
examine_interpreter(const char *interpreter, int depth,
    const struct look *look)
{
	static const char more[] = " and a carriage return";
	struct program_parts *parts = look->parts;
	int error = judge(interpreter);
	size_t n = strlen(interpreter);

	if (error == 0 && parts != NULL && depth < SCRIPTS_MAX)
		strlcpy(parts->interpreter[parts->interpreters++], interpreter,
		    PROGRAM_HEAD);
	if (error == 0)
		return examine(interpreter, depth + 1, look);
	/* A script that was written on another system. */
	if (n > 0 && interpreter[n - 1] == '\r') {
		text_fit(look->detail, FAULT_DETAIL - sizeof more + 1, "%.*s",
		    (int)n - 1, interpreter);
		memcpy(look->detail + strlen(look->detail), more, sizeof more);
	} else
		tell(look, interpreter);
	return error == ENOENT || error == ENOTDIR ? REASON_NO_INTERPRETER :
	    error;
}

/* "#!", blanks, the interpreter, and maybe an argument. */
static int
examine_script(char *head, int depth, const struct look *look)
{
	char *name = head + 2 + strspn(head + 2, " \t");
	char *end = name + strcspn(name, " \t\n");

	/* What the kernel cannot see the end of, it does not take. */
	if (end == head + PROGRAM_HEAD)
		tell(look, "its first line is too long");
	if (end == head + PROGRAM_HEAD || end == name)
		return REASON_NO_FORMAT;
	*end = '\0';
	return examine_interpreter(name, depth, look);
}

/* The linker's name for our own header: what this machine executes. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static bool
is_native(const ElfW(Ehdr) *header)
{
	/* Magic, class and byte order. */
	return memcmp(header->e_ident, __ehdr_start.e_ident,
	    EI_VERSION) == 0 &&
	    header->e_machine == __ehdr_start.e_machine &&
	    (header->e_type == ET_EXEC || header->e_type == ET_DYN) &&
	    header->e_phentsize == sizeof(ElfW(Phdr));
}

/* Too little was there; EINVAL is an offset that no file has. */
static int
cut_off(ssize_t n, const struct look *look)
{
	if (n == -1 && errno != EINVAL)
		return errno;
	tell(look, "a binary that is cut off");
	return REASON_NO_FORMAT;
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
	/* It is mapped, not executed: what it names in turn is not asked. */
	error = judge(name);
	if (error != 0)
		tell(look, name);
	else if (look->parts != NULL)
		strlcpy(look->parts->loader, name, PROGRAM_PATH);
	return error == ENOENT || error == ENOTDIR ? REASON_NO_INTERPRETER :
	    error;
}

/* All that is to be mapped must be there, and the loader that it names. */
static int
examine_binary(int fd, const ElfW(Ehdr) *header, const struct look *look)
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

/* A binary of the other word length may do: the kernel knows. */
static bool
is_other_class(const char *head)
{
	return memcmp(head, ELFMAG, SELFMAG) == 0 &&
	    (head[EI_CLASS] == ELFCLASS32 || head[EI_CLASS] == ELFCLASS64) &&
	    head[EI_CLASS] != (char)__ehdr_start.e_ident[EI_CLASS];
}

/* Those of a script do not count: the kernel looks at its interpreter's. */
static int
examine_capabilities(int fd, const char *path, int depth,
    const struct look *look)
{
	uint64_t lacking = filecaps_lacking(fd);
	char names[FAULT_DETAIL];

	if (lacking == 0)
		return 0;
	caps_format(lacking, names, sizeof names);
	text_fit(look->detail, FAULT_DETAIL, "%s%s%s", depth > 0 ? path : "",
	    depth > 0 ? ": " : "", names);
	return REASON_UNBOUNDED;
}

static int
examine_native(int fd, const char *path, int depth,
    const ElfW(Ehdr) *header, const struct look *look)
{
	int error = examine_binary(fd, header, look);

	return error != 0 ? error :
	    examine_capabilities(fd, path, depth, look);
}

static int
examine_open(int fd, const char *path, int depth, const struct look *look)
{
	char head[PROGRAM_HEAD + 1] = "";
	ssize_t n = read(fd, head, PROGRAM_HEAD);
	ElfW(Ehdr) header;

	if (n == -1)
		return errno;
	memcpy(&header, head, sizeof header);
	if (n >= (ssize_t)sizeof header && is_native(&header))
		return examine_native(fd, path, depth, &header, look);
	if (n >= 2 && memcmp(head, "#!", 2) == 0)
		return examine_script(head, depth, look);
	return is_other_class(head) || binfmt_takes(path, head, (size_t)n) ?
	    0 : REASON_NO_FORMAT;
}

static int
examine(const char *path, int depth, const struct look *look)
{
	int fd, error = depth <= SCRIPTS_MAX ? judge(path) : REASON_NESTED;

	if (error != 0)
		return error;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	/* What may be executed need not be readable. */
	if (fd == -1)
		return errno == EACCES ? 0 : errno;
	error = examine_open(fd, path, depth, look);
	close(fd);
	return error;
}

int
program_examine(const char *path, char detail[FAULT_DETAIL])
{
	const struct look look = { .detail = detail };

	detail[0] = '\0';
	return examine(path, 0, &look);
}

int
program_take_apart(const char *path, struct program_parts *parts,
    char detail[FAULT_DETAIL])
{
	const struct look look = { .detail = detail, .parts = parts };

	parts->interpreters = 0;
	parts->loader[0] = '\0';
	detail[0] = '\0';
	return examine(path, 0, &look);
}

int
program_allowed(const char *path, char *const *argv, char *const *envp)
{
	/* Older kernels do not know the flag, and filters not the call. */
	return syscall(SYS_execveat, AT_FDCWD, path, argv, envp,
	    EXEC_CHECK) == -1 && errno != EINVAL && errno != ENOSYS &&
	    errno != EPERM ? errno : 0;
}

int
program_check(const char *path, char *const *argv, char *const *envp,
    char detail[FAULT_DETAIL])
{
	int error = program_examine(path, detail);

	return error != 0 ? error : program_allowed(path, argv, envp);
}

int
program_refused(const char *path, int error, char detail[FAULT_DETAIL])
{
	int reason = program_examine(path, detail);

	switch (error) {
	case ENOEXEC:
		return REASON_NO_FORMAT;
	case ENOENT:
		return reason == REASON_NO_INTERPRETER ? reason : error;
	case EACCES:
		/* That is what it says of "#!" alone. */
		return reason == REASON_NO_FORMAT ? reason : error;
	case EPERM:
		return reason == REASON_UNBOUNDED ? reason : error;
	case ELOOP:
		return reason == REASON_NESTED ? reason : error;
	default:
		return error;
	}
}
