/* SPDX-License-Identifier: ISC
 *
 * A filter sees only the numbers in a call, no memory, which is enough: a
 * socket's family, type and protocol are such numbers.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "filter.h"
#include "report.h"

/* Calls by another convention have other numbers: all of them are refused. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define MACHINE	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE	AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define MACHINE	AUDIT_ARCH_ARM
#elif defined(__s390x__)
#define MACHINE	AUDIT_ARCH_S390X
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE	AUDIT_ARCH_RISCV64
#endif

/* io_uring(7) opens sockets without any call that a filter would see. */
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup	425
#endif

#define LOAD(member)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
	(uint32_t)offsetof(struct seccomp_data, member))
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOAD_ARG(n)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
	(uint32_t)offsetof(struct seccomp_data, args[n]) + 4)
#else
#define LOAD_ARG(n)	LOAD(args[n])
#endif
#define AND(mask)	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask)
/* Skip so many instructions if it is, or is not, the value. */
#define IF(value, yes, no) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), yes, no)
#define IF_BITS(bits, yes, no) \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(bits), yes, no)
#define ALLOW		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE(error)	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))

/* The number of a call, if it is one of this machine's own. */
#ifdef __x86_64__
/* The x32 convention calls itself the same machine. */
#define NOT_X32(error)	IF_BITS(0x40000000, 0, 1), REFUSE(error)
#else
#define NOT_X32(error)	IF_BITS(0, 0, 0)
#endif
#define LOAD_CALL(error) \
	LOAD(arch), IF(MACHINE, 1, 0), REFUSE(error), LOAD(nr), NOT_X32(error)

/* The same number on every machine, and newer than some headers. */
#ifndef SYS_clone3
#define SYS_clone3	435
#endif

#ifdef MACHINE

static int
set_filter(const struct sock_fprog *program)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
	    program) == -1 ? errno : 0;
}

/* Without a filter to set, a kernel that knows them looks at no more. */
int
filter_known(void)
{
	int error = set_filter(NULL);

	if (error == 0)
		return REASON_NOT_TAKEN;
	if (error == ENOSYS || error == EINVAL)
		return REASON_NO_SECCOMP;
	return error == EFAULT ? 0 : error;
}

int
filter_network(bool tcp, bool listens)
{
	/* A call that there is not, where nothing is to be refused. */
	const uint32_t listen_call = listens ? UINT32_MAX : SYS_listen;
	const uint32_t tcp4 = tcp ? AF_INET : AF_UNIX;
	const uint32_t tcp6 = tcp ? AF_INET6 : AF_UNIX;
	struct sock_filter code[] = {
		LOAD_CALL(EACCES),
#ifdef SYS_socketcall
		IF(SYS_socketcall, 0, 1), REFUSE(EACCES),
#endif
		IF(SYS_io_uring_setup, 0, 1), REFUSE(EACCES),
		IF(listen_call, 0, 1), REFUSE(EACCES),
		/* TCP Fast Open connects, and Landlock is not asked. */
		IF(SYS_sendto, 0, 3), LOAD_ARG(3),
		IF_BITS(MSG_FASTOPEN, 8, 0), ALLOW,
		IF(SYS_sendmsg, 0, 3), LOAD_ARG(2),
		IF_BITS(MSG_FASTOPEN, 4, 0), ALLOW,
		IF(SYS_sendmmsg, 0, 4), LOAD_ARG(3),
		IF_BITS(MSG_FASTOPEN, 0, 1), REFUSE(EOPNOTSUPP), ALLOW,
		IF(SYS_socketpair, 0, 4), LOAD_ARG(0),
		IF(AF_UNIX, 0, 1), ALLOW, REFUSE(EACCES),
		IF(SYS_socket, 1, 0), ALLOW,
		LOAD_ARG(0), IF(AF_UNIX, 0, 1), ALLOW,
		IF(tcp4, 2, 0), IF(tcp6, 1, 0), REFUSE(EACCES),
		/* The type bears flags; MPTCP is a stream that is not TCP. */
		LOAD_ARG(1), AND(0xf), IF(SOCK_STREAM, 1, 0), REFUSE(EACCES),
		LOAD_ARG(2), IF(0, 2, 0), IF(IPPROTO_TCP, 1, 0),
		REFUSE(EACCES), ALLOW,
	};
	const struct sock_fprog program = {
		.len = sizeof code / sizeof code[0], .filter = code };

	return set_filter(&program);
}

int
filter_processes(void)
{
	struct sock_filter code[] = {
		LOAD_CALL(EPERM),
#ifdef SYS_fork
		IF(SYS_fork, 0, 1), REFUSE(EPERM),
		IF(SYS_vfork, 0, 1), REFUSE(EPERM),
#endif
		IF(SYS_clone, 0, 1), REFUSE(EPERM),
		IF(SYS_clone3, 0, 1), REFUSE(EPERM),
		IF(SYS_setsid, 0, 1), REFUSE(EPERM),
		IF(SYS_setpgid, 0, 1), REFUSE(EPERM),
		IF(SYS_prctl, 1, 0), ALLOW,
		LOAD_ARG(0), IF(PR_SET_PDEATHSIG, 0, 1), REFUSE(EPERM), ALLOW,
	};
	const struct sock_fprog program = {
		.len = sizeof code / sizeof code[0], .filter = code };

	return set_filter(&program);
}

#else

int
filter_known(void)
{
	return REASON_NO_FILTER;
}

int
filter_network(bool tcp, bool listens)
{
	(void)tcp;
	(void)listens;
	return REASON_NO_FILTER;
}

int
filter_processes(void)
{
	return REASON_NO_FILTER;
}

#endif
