/* SPDX-License-Identifier: ISC
 *
 * A kernel that fails, lies or kills at one chosen call of one process.
 *
 *	fault [-o FILE] [-w PROCESS:CALL:N=WHAT]... command [argument ...]
 *
 * Traces the command (process 0) and what it forks (1, 2, ...: in order),
 * each until it executes something else.  FILE gets a line `PROCESS CALL N
 * RESULT` for each call (- for one that does not return), N counting from 1 per
 * process and name.  WHAT makes
 * the Nth call (or * for each) fail with the name of an errno, succeed with a
 * number without being done, or kills the process before it.  close(2) is
 * done in any case, as the kernel does.  Exit status: the command's, 128 +
 * signal, 125 for a failure of ours, 124 if the chosen call never came; with
 * FILE that is a line `never ...` there, and no failure.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <elf.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#define CALL_NUMBER(regs)	((regs).orig_rax)
#define CALL_RESULT(regs)	((regs).rax)
#elif defined(__aarch64__)
/* Enough for the result; the number goes by a register set of its own. */
#define CALL_NUMBER(regs)	((regs).regs[8])
#define CALL_RESULT(regs)	((regs).regs[0])
#define CALL_SET		0x404	/* NT_ARM_SYSTEM_CALL */
#else
#error "fault: teach me the registers of this machine"
#endif

enum { OURS = 125, NEVER = 124 };
enum { MAX_PROCESSES = 16, MAX_WISHES = 8, MAX_CALLS = 1024, NONE = -1 };

enum action { PASS, REPLACE, KILL };

struct wish {
	int		 process;
	char		 call[32];
	int		 n;		/* 0 for each */
	enum action	 action;
	long		 result;
	int		 hits;
};

struct process {
	pid_t		 pid;
	int		 inside;	/* between a call's entry and exit */
	long		 call;
	const struct wish *wish;	/* for the call under way */
	int		 count[MAX_CALLS];
};

static struct process processes[MAX_PROCESSES];
static int process_count;
static struct wish wishes[MAX_WISHES];
static int wish_count;
static FILE *record;

static const struct { const char *name; long value; } errnos[] = {
#define E(name) { #name, name }
	E(EPERM), E(ENOENT), E(EINTR), E(EIO), E(ENXIO), E(E2BIG), E(EBADF),
	E(EAGAIN), E(ENOMEM), E(EACCES), E(EBUSY), E(EEXIST), E(ENODEV),
	E(ENOTDIR), E(EINVAL), E(ENFILE), E(EMFILE), E(ETXTBSY), E(EFBIG),
	E(ENOSPC), E(EROFS), E(EPIPE), E(ENOSYS), E(ELOOP), E(ENOLCK),
	E(ECHILD), E(ESRCH), E(EDQUOT), E(EOVERFLOW), E(ENOEXEC), E(ESTALE),
	E(EOPNOTSUPP), E(EUSERS), E(EKEYREJECTED), E(EAFNOSUPPORT),
	E(EADDRINUSE), E(EADDRNOTAVAIL), E(ECONNREFUSED), E(EPROTOTYPE),
#undef E
};

/* What a start is known to call; anything else is `call-NUMBER`. */
static const struct { const char *name; long number; } calls[] = {
#define C(name) { #name, SYS_##name }
#ifdef SYS_open
	C(open), C(stat), C(lstat), C(access), C(fork), C(vfork), C(dup2),
	C(pipe), C(poll), C(unlink), C(rename), C(readlink), C(chmod),
	C(chown), C(mkdir), C(getpgrp), C(signalfd), C(arch_prctl),
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
	C(fstatfs), C(statfs), C(lseek), C(mmap), C(munmap), C(mprotect),
	C(brk), C(madvise), C(umask), C(getpid), C(getppid), C(gettid),
	C(setsid), C(getsid), C(setpgid), C(getpgid), C(prctl), C(capget),
	C(capset), C(keyctl), C(getgroups), C(setgroups), C(getuid),
	C(geteuid), C(getgid), C(getegid), C(getresuid), C(getresgid),
	C(setresuid), C(setresgid), C(setuid), C(setgid), C(setfsuid),
	C(setfsgid), C(setitimer), C(timer_create), C(rt_sigaction),
	C(rt_sigprocmask), C(rt_sigtimedwait), C(rt_sigpending), C(signalfd4),
	C(sigaltstack), C(pidfd_open), C(pidfd_send_signal), C(kill),
	C(tgkill), C(wait4), C(waitid), C(execve), C(execveat), C(exit),
	C(exit_group), C(futex), C(getrandom), C(socket), C(connect),
	C(bind), C(listen), C(setsockopt), C(getsockopt), C(getsockname),
	C(sendto), C(recvfrom), C(recvmsg), C(sendmsg), C(prlimit64),
	C(getrlimit), C(setrlimit), C(getpriority), C(setpriority),
	C(set_robust_list), C(set_tid_address), C(rseq), C(clock_gettime),
	C(clock_nanosleep), C(nanosleep), C(personality), C(uname),
#ifdef SYS_landlock_create_ruleset
	C(landlock_create_ruleset), C(landlock_add_rule),
	C(landlock_restrict_self),
#endif
	C(sched_yield), C(sched_getscheduler), C(sched_setscheduler),
	C(sched_getparam), C(sched_getaffinity), C(sched_setaffinity),
	C(ioprio_get), C(ioprio_set),
	C(seccomp),
#undef C
};

static const char *
call_name(long number)
{
	static char other[32];

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].number == number)
			return calls[i].name;
	snprintf(other, sizeof(other), "call-%ld", number);
	return other;
}

static const char *
result_name(long result)
{
	static char other[32];

	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (-errnos[i].value == result)
			return errnos[i].name;
	snprintf(other, sizeof(other), "%ld", result);
	return other;
}

static void
parse_what(const char *what, struct wish *w)
{
	char *end;

	w->action = REPLACE;
	if (strcmp(what, "kill") == 0) {
		w->action = KILL;
		return;
	}
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (strcmp(errnos[i].name, what) == 0) {
			w->result = -errnos[i].value;
			return;
		}
	w->result = strtol(what, &end, 10);
	if (*what == '\0' || *end != '\0')
		errx(OURS, "neither kill, nor an errno, nor a number: %s",
		    what);
}

static void
parse_wish(const char *text)
{
	struct wish *w = &wishes[wish_count++];
	char n[16], what[32];

	if (wish_count > MAX_WISHES)
		errx(OURS, "too many wishes");
	if (sscanf(text, "%d:%31[a-z0-9_-]:%15[0-9*]=%31s", &w->process,
	    w->call, n, what) != 4)
		errx(OURS, "not PROCESS:CALL:N=WHAT: %s", text);
	w->n = strcmp(n, "*") == 0 ? 0 : atoi(n);
	parse_what(what, w);
}

static struct process *
find_process(pid_t pid)
{
	for (int i = 0; i < process_count; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	return NULL;
}

/* A child may stop before its parent's fork is reported: either comes here. */
static struct process *
add_process(pid_t pid)
{
	struct process *p = find_process(pid);

	if (p != NULL)
		return p;
	if (process_count == MAX_PROCESSES)
		errx(OURS, "too many processes");
	p = &processes[process_count++];
	p->pid = pid;
	p->call = NONE;
	return p;
}

static int
get_registers(pid_t pid, struct user_regs_struct *regs)
{
	struct iovec iov = { regs, sizeof(*regs) };

	return ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov) == -1 ? -1 : 0;
}

static void
set_registers(pid_t pid, struct user_regs_struct *regs)
{
	struct iovec iov = { regs, sizeof(*regs) };

	if (ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &iov) == -1 &&
	    errno != ESRCH)
		err(OURS, "registers");
}

/* No call has this number, so nothing is done. */
static void
skip_call(pid_t pid, struct user_regs_struct *regs)
{
#ifdef CALL_SET
	int number = -1;
	struct iovec iov = { &number, sizeof(number) };

	(void)regs;
	if (ptrace(PTRACE_SETREGSET, pid, CALL_SET, &iov) == -1)
		err(OURS, "call");
#else
	CALL_NUMBER(*regs) = (unsigned long)-1;
	set_registers(pid, regs);
#endif
}

static struct wish *
find_wish(const struct process *p)
{
	const char *name = call_name(p->call);
	int n = p->call < MAX_CALLS ? p->count[p->call] : 0;

	for (int i = 0; i < wish_count; i++)
		if (wishes[i].process == (int)(p - processes) &&
		    strcmp(wishes[i].call, name) == 0 &&
		    (wishes[i].n == 0 || wishes[i].n == n))
			return &wishes[i];
	return NULL;
}

static void
enter_call(struct process *p)
{
	struct user_regs_struct regs = { 0 };
	struct wish *w;

	if (get_registers(p->pid, &regs) == -1)
		return;
	p->inside = 1;
	p->call = (long)CALL_NUMBER(regs);
	if (p->call >= 0 && p->call < MAX_CALLS)
		p->count[p->call]++;
	if (record != NULL && p->call == SYS_exit_group)
		fprintf(record, "%d exit_group 1 -\n", (int)(p - processes));
	p->wish = w = find_wish(p);
	if (w == NULL)
		return;
	w->hits++;
	if (w->action == KILL)
		kill(p->pid, SIGKILL);
	else if (p->call != SYS_close)
		skip_call(p->pid, &regs);
}

static void
leave_call(struct process *p)
{
	struct user_regs_struct regs = { 0 };

	if (get_registers(p->pid, &regs) == -1)
		return;
	p->inside = 0;
	if (p->wish != NULL) {
		CALL_RESULT(regs) = (unsigned long)p->wish->result;
		set_registers(p->pid, &regs);
	}
	if (record != NULL && p->call >= 0 && p->call < MAX_CALLS)
		fprintf(record, "%d %s %d %s\n", (int)(p - processes),
		    call_name(p->call), p->count[p->call],
		    result_name((long)CALL_RESULT(regs)));
}

/* An execve that works: the program runs by itself from here. */
static void
let_go(struct process *p)
{
	if (record != NULL)
		fprintf(record, "%d execve %d 0\n", (int)(p - processes),
		    p->count[SYS_execve]);
	ptrace(PTRACE_DETACH, p->pid, 0, 0);
}

static void
handle_stop(struct process *p, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status), pass = 0;
	unsigned long child;

	if (event == PTRACE_EVENT_EXEC) {
		let_go(p);
		return;
	}
	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	    event == PTRACE_EVENT_CLONE) {
		if (ptrace(PTRACE_GETEVENTMSG, p->pid, 0, &child) == 0)
			add_process((pid_t)child);
	} else if (sig == (SIGTRAP | 0x80)) {
		if (p->inside)
			leave_call(p);
		else
			enter_call(p);
	} else if (event == 0) {
		pass = sig;
	}
	ptrace(PTRACE_SYSCALL, p->pid, 0, pass);
}

static pid_t
start(char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	int go[2], status;
	char byte;
	pid_t pid;

	/* Stopped by its own exec, which is not yet one that lets it go. */
	if (pipe(go) == -1 || (pid = fork()) == -1)
		err(OURS, "start");
	if (pid == 0) {
		close(go[1]);
		if (read(go[0], &byte, 1) != 0 ||
		    ptrace(PTRACE_TRACEME, 0, 0, 0) == -1)
			_exit(OURS);
		close(go[0]);
		execvp(argv[0], argv);
		err(errno == ENOENT ? 127 : 126, "%s", argv[0]);
	}
	close(go[0]);
	close(go[1]);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		errx(OURS, "not started: %s", argv[0]);
	if (ptrace(PTRACE_SETOPTIONS, pid, 0, options) == -1)
		err(OURS, "ptrace");
	add_process(pid);
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	return pid;
}

/* Until there is nobody left to trace.  Returns how the command ended. */
static int
trace(pid_t command)
{
	int status, result = OURS;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) != -1) {
		if (WIFSTOPPED(status)) {
			int is_new = find_process(pid) == NULL;
			struct process *p = add_process(pid);

			/* The stop that a fork begins with is no signal. */
			if (is_new || (WSTOPSIG(status) == SIGSTOP &&
			    p->call == NONE && status >> 16 == 0))
				ptrace(PTRACE_SYSCALL, pid, 0, 0);
			else
				handle_stop(p, status);
		} else if (pid == command) {
			result = WIFSIGNALED(status) ?
			    128 + WTERMSIG(status) : WEXITSTATUS(status);
		}
	}
	return result;
}

int
main(int argc, char *argv[])
{
	int c, status;

	while ((c = getopt(argc, argv, "+o:w:")) != -1) {
		if (c == 'o' && (record = fopen(optarg, "we")) == NULL)
			err(OURS, "%s", optarg);
		else if (c == 'w')
			parse_wish(optarg);
		else if (c == '?')
			return OURS;
	}
	if (optind >= argc)
		errx(OURS, "usage: fault [-o FILE] "
		    "[-w PROCESS:CALL:N=WHAT]... command ...");
	status = trace(start(argv + optind));
	for (int i = 0; i < wish_count; i++) {
		if (wishes[i].hits > 0)
			continue;
		fprintf(record != NULL ? record : stderr, "never %d %s %d\n",
		    wishes[i].process, wishes[i].call, wishes[i].n);
		if (record == NULL)
			status = NEVER;
	}
	if (record != NULL && fclose(record) != 0)
		err(OURS, "record");
	return status;
}
