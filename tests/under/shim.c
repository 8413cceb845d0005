/* SPDX-License-Identifier: ISC
 *
 * Linked into the program for a start below qemu-user, whose own answers are
 * not the kernel's:
 *
 * - it refuses to make a child subreaper, or to tell of it: wrapper.c has made
 *   one of this process already;
 * - it makes up /proc/self/stat, with a start time that no other process sees;
 * - it turns the environment round;
 * - a program of the machine below, which the kernel can execute from here, is
 *   one that the kernel "has another format" for;
 * - it leaves the addresses in /proc/PID/net/tcp in the byte order of the
 *   machine below.
 */
#include <sys/prctl.h>

#include <elf.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern int __real_prctl(int, unsigned long, unsigned long, unsigned long,
    unsigned long);
extern int __wrap_prctl(int, unsigned long, unsigned long, unsigned long,
    unsigned long);
extern int __real_open(const char *, int, ...);
extern int __wrap_open(const char *, int, ...);
extern int __real_open64(const char *, int, ...);
extern int __wrap_open64(const char *, int, ...);
extern bool __wrap_binfmt_takes(const char *, const char *, size_t, char *);
extern bool __real_netproc_tcp_listens(const char *, const void *,
    unsigned long long *);
extern bool __wrap_netproc_tcp_listens(const char *, const void *,
    unsigned long long *);

int
__wrap_prctl(int operation, unsigned long a, unsigned long b, unsigned long c,
    unsigned long d)
{
	static int subreaper;

	if (operation == PR_SET_CHILD_SUBREAPER) {
		subreaper = a != 0;
		return 0;
	}
	if (operation == PR_GET_CHILD_SUBREAPER) {
		*(int *)a = subreaper;
		return 0;
	}
	return __real_prctl(operation, a, b, c, d);
}

/* The same function, for who has a time_t of 64 bits on a machine of 32. */
extern __typeof(__wrap_prctl) __wrap___prctl_time64
    __attribute__((alias("__wrap_prctl")));

static const char *
kernels_own(const char *path)
{
	return strcmp(path, "/proc/self/stat") == 0 ?
	    "/proc/thread-self/stat" : path;
}

int
__wrap_open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(args, int) : 0;
	va_end(args);
	return __real_open(kernels_own(path), flags, mode);
}

int
__wrap_open64(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(args, int) : 0;
	va_end(args);
	return __real_open64(kernels_own(path), flags, mode);
}

/* Of the emulator itself: class, byte order and machine are bytes there. */
bool
__wrap_binfmt_takes(const char *path, const char *head, size_t length,
    char *interpreter)
{
	char own[20];
	int fd = __real_open("/proc/thread-self/exe", O_RDONLY | O_CLOEXEC);
	bool same = fd != -1 && read(fd, own, sizeof(own)) == sizeof(own);

	(void)path;
	*interpreter = '\0';
	close(fd);
	return same && length >= sizeof(own) &&
	    memcmp(head, own, EI_VERSION) == 0 &&
	    memcmp(head + 18, own + 18, 2) == 0;
}

/* The local address: words of eight digits, behind the first colon. */
static void
turn_words(char *line)
{
	char *p = strchr(line, ':');

	if (p == NULL || *++p == '\0')
		return;
	for (p++; strspn(p, "0123456789ABCDEF") >= 8; p += 8) {
		char word[8];

		memcpy(word, p, 8);
		for (int i = 0; i < 8; i += 2)
			memcpy(p + i, word + 6 - i, 2);
	}
}

bool
__wrap_netproc_tcp_listens(const char *line, const void *wanted,
    unsigned long long *inode)
{
	char turned[512];

	snprintf(turned, sizeof(turned), "%s", line);
	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		turn_words(turned);
	return __real_netproc_tcp_listens(turned, wanted, inode);
}

__attribute__((constructor)) static void
turn_environment(void)
{
	size_t n = 0;

	while (environ[n] != NULL)
		n++;
	for (size_t i = 0; i < n / 2; i++) {
		char *other = environ[n - 1 - i];

		environ[n - 1 - i] = environ[i];
		environ[i] = other;
	}
}
