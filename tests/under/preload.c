/* SPDX-License-Identifier: ISC
 *
 * Linked into the program for a start below valgrind:
 *
 * - it has put its own libraries into the environment: the caller's is what the
 *   tests know;
 * - it knows no flag of execveat(2), and executes what is only to be examined:
 *   the answer is that of a kernel that does not know the flag either.
 */
#include <sys/syscall.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define EXEC_CHECK	0x10000

extern long __real_syscall(long, ...);
extern long __wrap_syscall(long, ...);

long
__wrap_syscall(long number, ...)
{
	long arg[6];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		arg[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_execveat && (arg[4] & EXEC_CHECK) != 0) {
		errno = EINVAL;
		return -1;
	}
	return __real_syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4],
	    arg[5]);
}

__attribute__((constructor)) static void
forget_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	if (preload == NULL || strstr(preload, "valgrind") == NULL)
		return;
	unsetenv("LD_PRELOAD");
	unsetenv("GLIBCPP_FORCE_NEW");
	unsetenv("GLIBCXX_FORCE_NEW");
}
