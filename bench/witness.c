/* SPDX-License-Identifier: ISC
 *
 * The daemon of the benchmark, and its own witness: it says in a FIFO which
 * process it is and when it began to run.
 *
 *	witness FIFO		and ends
 *	witness FIFO stay	tells $NOTIFY_SOCKET that it is ready, waits for
 *				TERM, says when that came, and ends
 *	witness FIFO 50		says nothing for so many milliseconds, 999 at
 *				most, then when they were over, and fails
 *
 * Without a C library, since the start of one costs more than most of what is
 * measured here, and would be added to every figure.
 */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "witness.h"

#if defined __x86_64__
__asm__(".globl _start\n_start: mov %rsp, %rdi\n\tcall begin\n");

static long
call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c),
	    "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return number;
}
#elif defined __aarch64__
__asm__(".globl _start\n_start: mov x0, sp\n\tbl begin\n");

static long
call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2),
	    "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}
#else
#error bench/witness.c knows x86-64 and arm64
#endif

#define CALL(number, a, b, c, d) \
	call((number), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

/* Both are what the kernel has, whatever a C library makes of them. */
typedef unsigned long kernel_sigset;

void	begin(long *) __attribute__((noreturn, used));

static void
end(int status)
{
	CALL(SYS_exit_group, status, 0, 0, 0);
}

static void
tell(const char *fifo)
{
	struct testimony t;
	struct timespec now;
	long fd;

	CALL(SYS_clock_gettime, CLOCK_MONOTONIC, &now, 0, 0);
	t.ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	t.pid = CALL(SYS_getpid, 0, 0, 0, 0);
	fd = CALL(SYS_openat, AT_FDCWD, fifo, O_WRONLY, 0);
	if (fd < 0 || CALL(SYS_write, fd, &t, sizeof t, 0) != sizeof t)
		end(1);
	CALL(SYS_close, fd, 0, 0, 0);
}

static void
tell_ready(char **environment)
{
	static const char name[] = "NOTIFY_SOCKET=", ready[] = "READY=1";
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	unsigned long i, n;
	long fd;

	for (; *environment != NULL; environment++) {
		for (i = 0; name[i] != '\0' && (*environment)[i] == name[i];)
			i++;
		if (name[i] == '\0')
			break;
	}
	if (*environment == NULL)
		return;
	for (n = 0; (*environment)[i + n] != '\0' &&
	    n < sizeof to.sun_path; n++)
		to.sun_path[n] = (*environment)[i + n];
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	fd = CALL(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0);
	if (call(SYS_sendto, fd, (long)ready, sizeof ready - 1, 0, (long)&to,
	    (long)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		end(1);
}

/* To say when is its last act: what that takes is part of the lag. */
static void
die(const char *fifo, const char *milliseconds)
{
	struct timespec life = { 0 };

	for (; *milliseconds != '\0'; milliseconds++)
		life.tv_nsec = life.tv_nsec * 10 +
		    (*milliseconds - '0') * 1000000L;
	CALL(SYS_nanosleep, &life, 0, 0, 0);
	tell(fifo);
	end(3);
}

void
begin(long *stack)
{
	const kernel_sigset term = 1UL << (SIGTERM - 1);
	long argc = stack[0];
	char **argv = (char **)(stack + 1);

	if (argc < 2)
		end(64);
	if (argc > 2 && argv[2][0] <= '9')
		die(argv[1], argv[2]);
	if (argc > 2)
		CALL(SYS_rt_sigprocmask, SIG_BLOCK, &term, 0, sizeof term);
	tell(argv[1]);
	if (argc > 2) {
		tell_ready(argv + argc + 1);
		CALL(SYS_rt_sigtimedwait, &term, 0, 0, sizeof term);
		tell(argv[1]);
	}
	end(0);
	__builtin_unreachable();
}
