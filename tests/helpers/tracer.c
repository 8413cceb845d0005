/* SPDX-License-Identifier: ISC
 *
 * ptrace(2), as far as it takes to fail a call.
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
#include <string.h>
#include <unistd.h>

#include "tracer.h"

/*
 * The call's number, first and third argument, where its result goes, and the
 * stack.
 */
#if defined(__x86_64__)
#define CALL_NUMBER(regs)	((regs).orig_rax)
#define CALL_FIRST(regs)	((regs).rdi)
#define CALL_COUNT(regs)	((regs).rdx)
#define CALL_RESULT(regs)	((regs).rax)
#define CALL_STACK(regs)	((regs).rsp)
#elif defined(__aarch64__)
#define CALL_NUMBER(regs)	((regs).regs[8])
#define CALL_FIRST(regs)	((regs).regs[0])
#define CALL_COUNT(regs)	((regs).regs[2])
#define CALL_RESULT(regs)	((regs).regs[0])
#define CALL_STACK(regs)	((regs).sp)
#define CALL_SET		0x404	/* NT_ARM_SYSTEM_CALL */
#elif defined(__arm__)
#define user_regs_struct	user_regs
#define CALL_NUMBER(regs)	((regs).uregs[7])
#define CALL_FIRST(regs)	((regs).uregs[17])
#define CALL_COUNT(regs)	((regs).uregs[2])
#define CALL_RESULT(regs)	((regs).uregs[0])
#define CALL_STACK(regs)	((regs).uregs[13])
#define CALL_REQUEST		23	/* PTRACE_SET_SYSCALL */
#elif defined(__s390x__)
#define user_regs_struct	_user_regs_struct
#define CALL_NUMBER(regs)	((regs).gprs[1])
#define CALL_FIRST(regs)	((regs).orig_gpr2)
#define CALL_COUNT(regs)	((regs).gprs[4])
#define CALL_RESULT(regs)	((regs).gprs[2])
#define CALL_STACK(regs)	((regs).gprs[15])
#define CALL_SET		0x307	/* NT_S390_SYSTEM_CALL */
#else
#define UNKNOWN_MACHINE
#endif

#ifdef UNKNOWN_MACHINE
/* The test sees this, and skips. */
void
tracer_begin(struct tracer *t, pid_t pid)
{
	(void)t;
	kill(pid, SIGKILL);
	errx(OURS, "kernel: no system call tracing for this machine");
}

bool
tracer_handle(struct tracer *t, pid_t pid, int status)
{
	(void)t;
	(void)pid;
	(void)status;
	return false;
}
#else
static struct process *
find_process(struct tracer *t, pid_t pid)
{
	for (int i = 0; i < t->processes; i++)
		if (t->process[i].pid == pid)
			return &t->process[i];
	return NULL;
}

/* A child may stop before its parent's fork is reported: either comes here. */
static struct process *
add_process(struct tracer *t, pid_t pid)
{
	struct process *p = find_process(t, pid);

	if (p != NULL)
		return p;
	if (t->processes == MAX_PROCESSES)
		errx(OURS, "too many processes");
	p = &t->process[t->processes++];
	*p = (struct process){ .pid = pid, .call = -1 };
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
	long done = 0;
#if defined(CALL_SET)
	int number = -1;
	struct iovec iov = { &number, sizeof(number) };

	(void)regs;
	done = ptrace(PTRACE_SETREGSET, pid, CALL_SET, &iov);
#elif defined(CALL_REQUEST)
	(void)regs;
	done = ptrace(CALL_REQUEST, pid, NULL, -1);
#else
	CALL_NUMBER(*regs) = (unsigned long)-1;
	set_registers(pid, regs);
#endif
	if (done == -1 && errno != ESRCH)
		err(OURS, "call");
}

/* Its number, or that of all who come again and again. */
static int
number_of(const struct tracer *t, const struct process *p)
{
	int n = (int)(p - t->process);

	return t->again != 0 && n > t->again ? t->again : n;
}

/* What this call comes after, as a number; 0: once is once. */
static unsigned
trail_of(const struct tracer *t, const struct process *p)
{
	unsigned hash = 2166136261u;
	int n = number_of(t, p);

	if (t->again == 0 || (n < t->again && (n != 0 || !p->forked)))
		return 0;
	for (int i = 0; i < TRAIL; i++)
		hash = (hash ^ p->trail[i]) * 16777619u;
	return hash >> 8 | 1;
}

static void
leave_trail(struct process *p, long result)
{
	memmove(p->trail + 1, p->trail, sizeof(p->trail) - sizeof(p->trail[0]));
	p->trail[0] = (unsigned)p->call * 4096 +
	    (result < 0 && result >= -4095 ? (unsigned)-result : 0);
}

static struct wish *
find_wish(struct tracer *t, const struct process *p)
{
	const char *name = call_name(p->call);
	int n = p->call >= 0 && p->call < MAX_CALLS ? p->count[p->call] : 0;

	for (int i = 0; i < t->wishes; i++) {
		struct wish *w = &t->wish[i];

		if (w->process == number_of(t, p) &&
		    strcmp(w->call, name) == 0 && (w->after != 0 ?
		    w->after == p->after && w->hits == 0 :
		    w->n == 0 || w->n == n))
			return w;
	}
	return NULL;
}

/* Where the program's own code is. */
static void
find_code(struct tracer *t, pid_t pid)
{
	char path[64], exe[256], line[512];
	unsigned long start, end;
	ssize_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%lx-%lx r-x", &start, &end) != 2 ||
		    strstr(line, " r-xp ") == NULL ||
		    strcmp(line + strcspn(line, "/"), exe) != 0)
			continue;
		t->code = start;
		t->code_end = end;
	}
	if (f != NULL)
		fclose(f);
}

/*
 * The return addresses on top of the stack, and what else looks like one, as a
 * number: where it is the same, the same functions lead to the call.
 */
static unsigned
callers(struct tracer *t, const struct process *p, unsigned long stack)
{
	static unsigned long word[1024];
	struct iovec to = { word, sizeof(word) },
	    from = { (void *)stack, sizeof(word) };
	unsigned hash = 2166136261u;
	int found = 0;
	ssize_t n;

	if (t->code_end == 0)
		find_code(t, p->pid);
	/* As much as there is. */
	while ((n = process_vm_readv(p->pid, &to, 1, &from, 1, 0)) == -1 &&
	    from.iov_len > 64)
		from.iov_len /= 2;
	for (ssize_t i = 0; i < n / (ssize_t)sizeof(word[0]) &&
	    found < CALLERS; i++) {
		if (word[i] < t->code || word[i] >= t->code_end)
			continue;
		hash = (hash ^ (unsigned)(word[i] - t->code)) * 16777619u;
		found++;
	}
	return hash;
}

static void
note(const struct tracer *t, const struct process *p, const char *text)
{
	struct noted noted = { .process = number_of(t, p),
	    .call = call_name(p->call), .after = p->after, .from = p->from,
	    .first = p->first };

	if (t->note == NULL || p->call < 0 || p->call >= MAX_CALLS)
		return;
	noted.n = p->count[p->call];
	t->note(t->note_for, &noted, text);
}

static void
enter_call(struct tracer *t, struct process *p)
{
	struct user_regs_struct regs = { 0 };
	struct wish *w;

	if (get_registers(p->pid, &regs) == -1)
		return;
	p->inside = true;
	p->first = (long)CALL_FIRST(regs);
	p->call = t->stands_in ? -1 : (long)CALL_NUMBER(regs);
	if (p->call >= 0 && p->call < MAX_CALLS)
		p->count[p->call]++;
	if (t->note != NULL)
		p->from = callers(t, p, (unsigned long)CALL_STACK(regs));
	if (p->call == SYS_exit_group)
		note(t, p, "-");
	p->after = trail_of(t, p);
	p->wish = w = find_wish(t, p);
	if (w == NULL)
		return;
	w->hits++;
	if (w->action == KILL) {
		kill(p->pid, SIGKILL);
	} else if (w->action == SHORT) {
		p->asked = (long)CALL_COUNT(regs);
		CALL_COUNT(regs) = p->asked > 0 ? 1 : 0;
		set_registers(p->pid, &regs);
	} else if (p->call == SYS_brk) {
		/* It never says an errno, but what the break is. */
		p->asked = (long)CALL_FIRST(regs);
		CALL_FIRST(regs) = 0;
		set_registers(p->pid, &regs);
	} else if (p->call != SYS_close) {
		/* close(2) is done in any case, as the kernel does. */
		skip_call(p->pid, &regs);
	}
}

static void
leave_call(struct tracer *t, struct process *p)
{
	struct user_regs_struct regs = { 0 };

	if (get_registers(p->pid, &regs) == -1)
		return;
	p->inside = false;
	if (p->wish != NULL && p->wish->action == SHORT) {
		CALL_COUNT(regs) = (unsigned long)p->asked;
		set_registers(p->pid, &regs);
	} else if (p->wish != NULL && p->call == SYS_brk) {
		CALL_FIRST(regs) = (unsigned long)p->asked;
		set_registers(p->pid, &regs);
	} else if (p->wish != NULL && p->wish->action == REPLACE) {
		CALL_RESULT(regs) = (unsigned long)p->wish->result;
		set_registers(p->pid, &regs);
	}
	note(t, p, result_name((long)CALL_RESULT(regs)));
	leave_trail(p, (long)CALL_RESULT(regs));
}

/* Each stop costs: only those of calls that somebody wants to know of. */
static void
resume(const struct tracer *t, const struct process *p, int sig)
{
	bool calls = t->note != NULL || p->inside;

	for (int i = 0; i < t->wishes && !calls; i++)
		calls = t->wish[i].process == number_of(t, p) &&
		    (t->wish[i].n == 0 || t->wish[i].hits == 0);
	ptrace(calls ? PTRACE_SYSCALL : PTRACE_CONT, p->pid, 0, sig);
}

/* An execve that works: the program runs by itself from here. */
static void
let_go(const struct tracer *t, struct process *p)
{
	p->executed = true;
	p->call = SYS_execve;
	note(t, p, "0");
	ptrace(PTRACE_DETACH, p->pid, 0, 0);
}

static void
handle_stop(struct tracer *t, struct process *p, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status), pass = 0;
	unsigned long child;

	if (event == PTRACE_EVENT_EXEC && !t->stands_in) {
		let_go(t, p);
		return;
	}
	if (event == PTRACE_EVENT_EXEC)
		t->stands_in = false;
	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	    event == PTRACE_EVENT_CLONE) {
		p->forked = true;
		if (ptrace(PTRACE_GETEVENTMSG, p->pid, 0, &child) == 0)
			add_process(t, (pid_t)child);
	} else if (sig == (SIGTRAP | 0x80)) {
		if (p->inside)
			leave_call(t, p);
		else
			enter_call(t, p);
	} else if (event == 0) {
		pass = sig;
	}
	resume(t, p, pass);
}

bool
tracer_handle(struct tracer *t, pid_t pid, int status)
{
	struct process *p = find_process(t, pid);
	bool is_new = p == NULL;

	if (!WIFSTOPPED(status)) {
		if (p == NULL)
			return false;
		p->ended = true;
		p->status = status;
		return true;
	}
	p = add_process(t, pid);
	/* The stop that a fork begins with is no signal. */
	if (is_new || (WSTOPSIG(status) == SIGSTOP && p->call == -1 &&
	    status >> 16 == 0))
		resume(t, p, 0);
	else
		handle_stop(t, p, status);
	return true;
}

void
tracer_begin(struct tracer *t, pid_t pid)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
	    PTRACE_O_EXITKILL;
	int status;

	/* Stopped by its own exec, which is not yet one that lets it go. */
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		errx(OURS, "not started");
	if (ptrace(PTRACE_SETOPTIONS, pid, 0, options) == -1)
		err(OURS, "ptrace");
	t->processes = 0;
	t->code = t->code_end = 0;
	resume(t, add_process(t, pid), 0);
}
#endif

bool
tracer_is_done(const struct tracer *t)
{
	for (int i = 0; i < t->processes; i++)
		if (!t->process[i].executed && !t->process[i].ended)
			return false;
	return true;
}
