/* SPDX-License-Identifier: ISC
 *
 * What the kernel holds about the process: signals (raw, so that the
 * real-time ones that libc hides are seen), session and terminal, timers,
 * limits and scheduling, directories.
 */
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

enum { KERNEL_NSIG = 64, SET_SIZE = KERNEL_NSIG / 8 };

/* The kernel's struct sigaction, with room to spare behind the handler. */
struct kernel_action {
	uintptr_t handler;
	uintptr_t rest[7];
};

static void
report_set(FILE *out, const char *key, uint64_t set)
{
	fprintf(out, "sig.%s=%016llx\n", key, (unsigned long long)set);
}

void
report_signals(FILE *out)
{
	uint64_t blocked = 0, pending = 0, ignored = 0, caught = 0;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, SET_SIZE);
	syscall(SYS_rt_sigpending, &pending, SET_SIZE);
	for (int sig = 1; sig <= KERNEL_NSIG; sig++) {
		struct kernel_action action = { 0 };
		uint64_t bit = UINT64_C(1) << (sig - 1);

		syscall(SYS_rt_sigaction, sig, NULL, &action, SET_SIZE);
		if (action.handler == (uintptr_t)SIG_IGN)
			ignored |= bit;
		else if (action.handler != (uintptr_t)SIG_DFL)
			caught |= bit;
	}
	report_set(out, "blocked", blocked);
	report_set(out, "ignored", ignored);
	report_set(out, "caught", caught);
	report_set(out, "pending", pending);
}

/* The controlling terminal is known by number: it may have no name left. */
static void
report_terminal(FILE *out)
{
	char stat[1024];
	const char *p;
	int number, fd;

	if (read_proc("stat", stat, sizeof(stat)) == -1 ||
	    (p = strrchr(stat, ')')) == NULL ||
	    sscanf(p, ") %*c %*d %*d %*d %d", &number) != 1)
		fputs("tty=?\n", out);
	else if (number == 0)
		fputs("tty=none\n", out);
	else if (major((dev_t)number) >= 136 && major((dev_t)number) < 144)
		fprintf(out, "tty=pts/%u\n", minor((dev_t)number) +
		    (major((dev_t)number) - 136) * 256);
	else
		fprintf(out, "tty=%u:%u\n", major((dev_t)number),
		    minor((dev_t)number));
	fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	fprintf(out, "tty.opens=%d\n", fd != -1);
	if (fd != -1)
		close(fd);
}

static void
report_directories(FILE *out)
{
	char path[PATH_MAX];
	struct stat st;

	fputs("cwd=", out);
	if (readlink(proc_path("cwd"), path, 1) != -1)
		put_link(out, "cwd");
	else
		put_text(out, getcwd(path, sizeof(path)) ? path : "?");
	/* From inside, the root is always /: the inode tells which one. */
	fputs("root=", out);
	put_link(out, "root");
	if (stat("/", &st) == 0)
		fprintf(out, "root.id=%llu:%llu\n",
		    (unsigned long long)st.st_dev,
		    (unsigned long long)st.st_ino);
	else
		fputs("root.id=?\n", out);
}

void
report_process(FILE *out)
{
	mode_t mask = umask(0);

	umask(mask);
	fprintf(out, "pid=%d\nppid=%d\nsid=%d\npgid=%d\n", (int)getpid(),
	    (int)getppid(), (int)getsid(0), (int)getpgrp());
	fprintf(out, "session_leader=%d\n", getsid(0) == getpid());
	report_terminal(out);
	fprintf(out, "umask=%04o\n", (unsigned)mask);
	report_directories(out);
}

static void
report_timers(FILE *out)
{
	static const char *const names[] = {
		[ITIMER_REAL] = "real", [ITIMER_VIRTUAL] = "virtual",
		[ITIMER_PROF] = "prof",
	};

	for (int i = 0; i < 3; i++) {
		struct itimerval timer = { 0 };

		getitimer(i, &timer);
		fprintf(out, "itimer.%s=", names[i]);
		if (timer.it_value.tv_sec == 0 && timer.it_value.tv_usec == 0)
			fputs("0\n", out);
		else
			fprintf(out, "%lld.%06ld\n",
			    (long long)timer.it_value.tv_sec,
			    (long)timer.it_value.tv_usec);
	}
}

static void
put_limit(FILE *out, rlim_t value, char end)
{
	if (value == RLIM_INFINITY)
		fprintf(out, "unlimited%c", end);
	else
		fprintf(out, "%llu%c", (unsigned long long)value, end);
}

static void
report_limits(FILE *out)
{
	static const struct { const char *name; int id; } limits[] = {
		{ "cpu", RLIMIT_CPU }, { "fsize", RLIMIT_FSIZE },
		{ "data", RLIMIT_DATA }, { "stack", RLIMIT_STACK },
		{ "core", RLIMIT_CORE }, { "rss", RLIMIT_RSS },
		{ "nproc", RLIMIT_NPROC }, { "nofile", RLIMIT_NOFILE },
		{ "memlock", RLIMIT_MEMLOCK }, { "as", RLIMIT_AS },
		{ "locks", RLIMIT_LOCKS }, { "sigpending", RLIMIT_SIGPENDING },
		{ "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE },
		{ "rtprio", RLIMIT_RTPRIO }, { "rttime", RLIMIT_RTTIME },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit limit;

		if (getrlimit(limits[i].id, &limit) == -1)
			continue;
		fprintf(out, "limit.%s=", limits[i].name);
		put_limit(out, limit.rlim_cur, ':');
		put_limit(out, limit.rlim_max, '\n');
	}
}

static void
report_schedule(FILE *out)
{
	static const char *const policies[] = { "other", "fifo", "rr",
		"batch", "iso", "idle", "deadline", "ext" };
	/* Raw: musl refuses these two calls. */
	long policy = syscall(SYS_sched_getscheduler, 0);
	int priority = 0;

	syscall(SYS_sched_getparam, 0, &priority);
	fprintf(out, "nice=%d\n", getpriority(PRIO_PROCESS, 0));
	fprintf(out, "sched=%s %d reset=%d\n", policy < 0 ? "?" :
	    policies[policy & 7], priority, (policy & 0x40000000) != 0);
}

static void
report_io_priority(FILE *out)
{
	static const char *const classes[] = { "none", "realtime",
		"best-effort", "idle" };
	long now = syscall(SYS_ioprio_get, 1, 0);

	if (now < 0)
		fputs("ioprio=?\n", out);
	else
		fprintf(out, "ioprio=%s %ld\n", classes[now >> 13 & 3],
		    now & 0x1fff);
}

static void
report_cpus(FILE *out)
{
	unsigned long mask[128] = { 0 };
	const unsigned bits = 8 * sizeof(mask[0]);
	const char *space = "";

	fputs("cpus=", out);
	syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
	for (unsigned i = 0; i < bits * 128; i++)
		if (mask[i / bits] >> i % bits & 1) {
			fprintf(out, "%s%u", space, i);
			space = " ";
		}
	fputc('\n', out);
}

/* The number of the group differs from run to run. */
static void
report_session_nice(FILE *out)
{
	char text[64];
	const char *nice;

	if (read_proc("autogroup", text, sizeof(text)) == -1 ||
	    (nice = strstr(text, " nice ")) == NULL)
		fputs("session.nice=?\n", out);
	else
		fprintf(out, "session.nice=%s\n", nice + strlen(" nice "));
}

void
report_surroundings(FILE *out)
{
	char text[64];
	int deathsig = 0, subreaper = 0;

	report_timers(out);
	report_limits(out);
	report_schedule(out);
	report_io_priority(out);
	report_cpus(out);
	report_session_nice(out);
	if (read_proc("oom_score_adj", text, sizeof(text)) == -1)
		strcpy(text, "?");
	fprintf(out, "oom_score_adj=%s\n", text);
	fprintf(out, "personality=%08x\n", (unsigned)personality(0xffffffff));
	prctl(PR_GET_PDEATHSIG, &deathsig);
	prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
	fprintf(out, "pdeathsig=%d\nsubreaper=%d\n", deathsig, subreaper);
}
