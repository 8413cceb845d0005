/* SPDX-License-Identifier: ISC
 *
 * With --enable-coverage alone: what was counted is written before a process
 * of ours ends without exit(3), or becomes another program.  The linker puts
 * these in the place of the calls (-Wl,--wrap).  Who shares the memory of the
 * front leaves it to the front, which can still write, and writes it all.
 */
#include <sys/syscall.h>

#include <linux/kcmp.h>
#include <unistd.h>

extern void	__gcov_dump(void);
extern void	__gcov_reset(void);

void	__real__exit(int) __attribute__((noreturn));
int	__real_execve(const char *, char *const *, char *const *);
void	__wrap__exit(int) __attribute__((noreturn));
int	__wrap_execve(const char *, char *const *, char *const *);

static pid_t front;

static void __attribute__((constructor))
remember_front(void)
{
	front = getpid();
}

/* What was written is added to the file, so it starts anew. */
static void
write_counts(void)
{
	if (getpid() != front &&
	    syscall(SYS_kcmp, getpid(), front, KCMP_VM, 0, 0) == 0)
		return;
	__gcov_dump();
	__gcov_reset();
}

void
__wrap__exit(int status)
{
	write_counts();
	__real__exit(status);
}

int
__wrap_execve(const char *path, char *const *argv, char *const *envp)
{
	write_counts();
	return __real_execve(path, argv, envp);
}
