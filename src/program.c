/* SPDX-License-Identifier: ISC
 *
 * The program's file: whether the kernel would execute it, and if not, why.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "binary.h"
#include "binfmt.h"
#include "compat.h"
#include "paths.h"
#include "report.h"

/* AT_EXECVE_CHECK of Linux 6.14, which older headers lack. */
#define EXEC_CHECK	0x10000

int
program_kind(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	return S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0 ? 0 : EACCES;
}

int
program_judge(const char *path)
{
	int error = program_kind(path);

	/* Whose bits those are, and what a mount says. */
	return error != 0 ? error : path_access(path, X_OK);
}

int
program_open(const char *path)
{
	return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
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
		int error = program_judge(path);

		if (error == 0)
			return 0;
		if (error == EACCES)
			result = EACCES;
	}
	return result;
}

static int	examine(const char *path, int depth, const struct look *);

static int
examine_interpreter(const char *interpreter, int depth,
    const struct look *look)
{
	static const char more[] = " and a carriage return";
	struct program_parts *parts = look->parts;
	int error = program_judge(interpreter);
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
		look_tell(look, interpreter);
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
		look_tell(look, "its first line is too long");
	if (end == head + PROGRAM_HEAD || end == name)
		return REASON_NO_FORMAT;
	*end = '\0';
	return examine_interpreter(name, depth, look);
}

/*
 * What the kernel itself would refuse so, it may hand to somebody else, who
 * alone knows what that takes.
 */
static int
examine_other(int error, const char *path, const char *head, size_t length,
    int depth, const struct look *look)
{
	const struct look other = { .detail = look->detail };
	char interpreter[PROGRAM_PATH];

	if (!binfmt_takes(path, head, length, interpreter))
		return error;
	look_tell(look, "");
	return interpreter[0] == '\0' ? 0 :
	    examine_interpreter(interpreter, depth, &other);
}

static int
examine_open(int fd, const char *path, int depth, const struct look *look)
{
	char head[PROGRAM_HEAD + 1] = "";
	ssize_t n = read(fd, head, PROGRAM_HEAD);
	int error;

	if (n == -1)
		return errno;
	if (n >= 2 && memcmp(head, "#!", 2) == 0)
		return examine_script(head, depth, look);
	error = binary_examine(fd, head, (size_t)n, path, depth > 0, look);
	return error == 0 ? 0 :
	    examine_other(error, path, head, (size_t)n, depth, look);
}

static int
examine(const char *path, int depth, const struct look *look)
{
	int fd, error = depth <= SCRIPTS_MAX ? program_judge(path) :
	    REASON_NESTED;

	if (error != 0)
		return error;
	fd = program_open(path);
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

static bool
is_file(const char *path, const struct stat *file)
{
	struct stat st;

	return stat(path, &st) == 0 && same_file(&st, file);
}

bool
program_is_file(const char *path, const struct program_parts *parts, int fd)
{
	struct stat file;

	if (fstat(fd, &file) == -1)
		return false;
	for (int i = 0; i < parts->interpreters; i++)
		if (is_file(parts->interpreter[i], &file))
			return true;
	return is_file(path, &file) || is_file(parts->loader, &file);
}

int
program_refused(const char *path, int error, char detail[FAULT_DETAIL])
{
	int reason = program_examine(path, detail);

	switch (error) {
	case ENOEXEC:
		return REASON_NO_FORMAT;
	case ENOENT:
	case ENOTDIR:
		if (reason == REASON_NO_INTERPRETER)
			return reason;
		/* It need not be readable, and so not tell whose. */
		detail[0] = '\0';
		return program_kind(path) == 0 ? REASON_NO_INTERPRETER : error;
	case EACCES:
		/* That is what it says of "#!" alone. */
		return reason == REASON_NO_FORMAT || reason == EISDIR ?
		    reason : error;
	case EIO:
	case ELIBBAD:
		return reason == REASON_BAD_LOADER ? reason : error;
	case EPERM:
		return reason == REASON_UNBOUNDED ? reason : error;
	case ELOOP:
		return reason == REASON_NESTED ? reason : error;
	default:
		return error;
	}
}
