/* SPDX-License-Identifier: ISC
 *
 * Names of system calls and of what they return.
 */
#include <sys/syscall.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer.h"

static const struct { const char *name; long value; } errnos[] = {
#define E(name) { #name, name }
	E(EPERM), E(ENOENT), E(EINTR), E(EIO), E(ENXIO), E(E2BIG), E(EBADF),
	E(EAGAIN), E(ENOMEM), E(EACCES), E(EBUSY), E(EEXIST), E(ENODEV),
	E(ENOTDIR), E(EINVAL), E(ENFILE), E(EMFILE), E(ETXTBSY), E(EFBIG),
	E(ENOSPC), E(EROFS), E(EPIPE), E(ENOSYS), E(ELOOP), E(ENOLCK),
	E(ECHILD), E(ESRCH), E(EDQUOT), E(EOVERFLOW), E(ENOEXEC), E(ESTALE),
	E(EOPNOTSUPP), E(EUSERS), E(EKEYREJECTED), E(EADDRINUSE), E(EFAULT),
	E(ECONNREFUSED), E(ECONNRESET), E(EISDIR), E(EMLINK),
	E(ENAMETOOLONG), E(ENOBUFS), E(ENOKEY), E(ENOTCONN), E(ENOTEMPTY),
	E(EXDEV), E(ETIMEDOUT), E(EISNAM), E(EKEYEXPIRED), E(EKEYREVOKED),
	E(ESPIPE), E(ENODATA), E(ERANGE), E(ENOTTY), E(EWOULDBLOCK),
	E(EPROTO), E(EPROTOTYPE), E(EADDRNOTAVAIL), E(EAFNOSUPPORT),
	E(EPROTONOSUPPORT),
	E(ENOPROTOOPT), E(ENOMSG), E(EBADFD),
	E(ENOTSOCK), E(ENOTBLK), E(EMSGSIZE), E(EINPROGRESS),
#undef E
};

/* What we are known to call, or could; anything else is `call-NUMBER`. */
static const struct { const char *name; long number; } calls[] = {
#define C(name) { #name, SYS_##name }
#ifdef SYS_open
	C(open), C(stat), C(lstat), C(access), C(fork), C(vfork), C(dup2),
	C(pipe), C(poll), C(unlink), C(rename), C(readlink), C(chmod),
	C(chown), C(mkdir), C(rmdir), C(getpgrp), C(signalfd),
#endif
#ifdef SYS_arch_prctl
	C(arch_prctl),
#endif
#ifdef SYS_mmap
	C(mmap),
#else
	C(mmap2),
#endif
#ifdef SYS_getrlimit
	C(getrlimit),
#endif
#ifdef SYS_openat2
	C(openat2),
#endif
#ifdef SYS_pidfd_getfd
	C(pidfd_getfd),
#endif
#ifdef SYS_landlock_restrict_self
	C(landlock_create_ruleset), C(landlock_add_rule),
	C(landlock_restrict_self),
#endif
#ifdef SYS_newfstatat
	C(newfstatat),
#endif
	C(fstat), C(openat), C(statx), C(faccessat), C(faccessat2), C(clone),
	C(clone3), C(dup), C(dup3), C(pipe2), C(ppoll), C(unlinkat),
	C(renameat), C(renameat2), C(readlinkat), C(fchmodat), C(fchownat),
	C(mkdirat), C(read), C(write), C(writev), C(pread64), C(close),
	C(close_range), C(fcntl), C(flock), C(ftruncate), C(fchown),
	C(fchmod), C(fchdir), C(chdir), C(chroot), C(getcwd), C(getdents64),
	C(fstatfs), C(statfs), C(lseek), C(munmap), C(mprotect),
	C(brk), C(madvise), C(umask), C(getpid), C(getppid), C(gettid),
	C(setsid), C(getsid), C(setpgid), C(getpgid), C(prctl), C(capget),
	C(capset), C(keyctl), C(getgroups), C(setgroups), C(getuid),
	C(geteuid), C(getgid), C(getegid), C(getresuid), C(getresgid),
	C(setresuid), C(setresgid), C(setuid), C(setgid), C(setfsuid),
	C(setfsgid), C(setitimer), C(timer_create), C(timer_settime),
	C(timer_delete), C(rt_sigaction), C(rt_sigqueueinfo), C(rt_sigreturn),
	C(rt_sigsuspend),
	C(rt_sigprocmask), C(rt_sigtimedwait), C(rt_sigpending), C(signalfd4),
	C(sigaltstack), C(pidfd_open), C(pidfd_send_signal), C(kill),
	C(tgkill), C(wait4), C(waitid), C(execve), C(execveat), C(exit),
	C(exit_group), C(futex), C(getrandom), C(socket), C(connect),
	C(sendto), C(recvfrom), C(recvmsg), C(sendmsg), C(prlimit64),
	C(setrlimit), C(getpriority), C(setpriority),
	C(set_robust_list), C(set_tid_address), C(rseq), C(clock_gettime),
	C(clock_nanosleep), C(nanosleep), C(personality), C(uname),
	C(sched_yield), C(sched_getscheduler), C(sched_setscheduler),
	C(sched_getparam), C(sched_setparam), C(sched_getattr),
	C(sched_setattr), C(sched_getaffinity),
	C(sched_setaffinity), C(ioprio_get), C(ioprio_set), C(ioctl),
	C(listen), C(bind), C(accept4), C(getsockname), C(getpeername),
	C(getsockopt), C(setsockopt), C(shutdown), C(socketpair), C(fsync),
	C(fdatasync), C(pwrite64), C(preadv), C(pwritev), C(readv),
	C(symlinkat), C(linkat), C(mknodat), C(utimensat), C(truncate),
	C(fallocate), C(getxattr), C(lgetxattr), C(fgetxattr), C(setxattr),
	C(fsetxattr), C(listxattr), C(flistxattr), C(mremap), C(unshare),
	C(setns), C(mount), C(umount2), C(epoll_create1), C(epoll_ctl),
	C(epoll_pwait), C(eventfd2), C(timerfd_create), C(timerfd_settime),
	C(inotify_init1), C(inotify_add_watch), C(seccomp), C(sysinfo),
	C(times), C(getrusage), C(gettimeofday), C(clock_getres), C(syslog),
	C(memfd_create), C(copy_file_range), C(sendfile), C(splice),
#undef C
};

const char *
call_name(long number)
{
	static char other[32];

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].number == number)
			return calls[i].name;
	snprintf(other, sizeof(other), "call-%ld", number);
	return other;
}

const char *
result_name(long result)
{
	static char other[32];

	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (-errnos[i].value == result)
			return errnos[i].name;
	snprintf(other, sizeof(other), "%ld", result);
	return other;
}

long
call_number(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].number;
	return -1;
}

bool
wish_parse_what(struct wish *w, const char *what)
{
	char *end;

	w->result = 0;
	w->action = strcmp(what, "kill") == 0 ? KILL :
	    strcmp(what, "short") == 0 ? SHORT : REPLACE;
	if (w->action != REPLACE)
		return true;
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (strcmp(errnos[i].name, what) == 0) {
			w->result = -errnos[i].value;
			return true;
		}
	w->result = strtol(what, &end, 10);
	return *what != '\0' && *end == '\0';
}
