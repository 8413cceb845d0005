/* SPDX-License-Identifier: ISC
 *
 * Dirt of the process itself.  Signals go by raw system calls: libc would
 * not let the two or three that it keeps for itself be blocked or ignored.
 */
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "dirty.h"

enum { KERNEL_NSIG = 64, SET_SIZE = KERNEL_NSIG / 8 };

/* From the kernel's headers, which musl does not bring. */
enum { CAPABILITY_VERSION_3 = 0x20080522, LAST_CAP = 63 };
enum { SESSION_KEYRING = -3, JOIN_SESSION_KEYRING = 1 };
enum { POLICY_BATCH = 3, POLICY_IDLE = 5 };

/* The kernel's struct sigaction, with room to spare behind the handler. */
struct kernel_action {
	uintptr_t handler;
	uintptr_t rest[7];
};

int
dirty_umask(const char *mode)
{
	char octal[16] = "0";

	strncat(octal, mode, sizeof(octal) - 2);
	umask((mode_t)dirty_number(octal, 0, 0777));
	return 0;
}

int
dirty_nice(const char *number)
{
	return setpriority(PRIO_PROCESS, 0, (int)dirty_number(number, -20, 19));
}

int
dirty_oom(const char *number)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	ssize_t n;

	dirty_number(number, -1000, 1000);
	if (fd == -1)
		return -1;
	n = write(fd, number, strlen(number));
	close(fd);
	return n == -1 ? -1 : 0;
}

int
dirty_sched(const char *policy)
{
	int priority = 0;
	int number = strcmp(policy, "idle") == 0 ? POLICY_IDLE : POLICY_BATCH;

	/* Raw: musl refuses this call. */
	return (int)syscall(SYS_sched_setscheduler, 0, number, &priority);
}

int
dirty_personality(const char *number)
{
	return personality((unsigned long)dirty_number(number, 0, 0x7fffffff))
	    == -1 ? -1 : 0;
}

int
dirty_nonewprivs(const char *unused __attribute__((unused)))
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int
dirty_subreaper(const char *unused __attribute__((unused)))
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

int
dirty_keyring(const char *name)
{
	if (syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL) == -1)
		return -1;
	return syscall(SYS_add_key, "user", name, "secret", (size_t)6,
	    SESSION_KEYRING) == -1 ? -1 : 0;
}

int
dirty_inheritable(const char *unused __attribute__((unused)))
{
	struct { uint32_t version; int pid; } header = {
		CAPABILITY_VERSION_3, 0 };
	struct { uint32_t effective, permitted, inheritable; } data[2];

	if (syscall(SYS_capget, &header, data) == -1)
		return -1;
	data[0].inheritable = data[0].permitted;
	data[1].inheritable = data[1].permitted;
	if ((data[0].permitted | data[1].permitted) == 0) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_capset, &header, data);
}

int
dirty_ambient(const char *unused)
{
	int raised = 0;

	if (dirty_inheritable(unused) == -1)
		return -1;
	for (unsigned long cap = 0; cap <= LAST_CAP; cap++)
		raised += prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0,
		    0) == 0;
	return raised > 0 ? 0 : -1;
}

int
dirty_itimer(const char *unused __attribute__((unused)))
{
	const struct itimerval timer = { { 0, 0 }, { 1000, 0 } };

	return setitimer(ITIMER_REAL, &timer, NULL) |
	    setitimer(ITIMER_VIRTUAL, &timer, NULL) |
	    setitimer(ITIMER_PROF, &timer, NULL);
}

static int
ignore(int sig)
{
	struct kernel_action action = { .handler = (uintptr_t)SIG_IGN };

	return (int)syscall(SYS_rt_sigaction, sig, &action, NULL, SET_SIZE);
}

int
dirty_sigign(const char *unused __attribute__((unused)))
{
	for (int sig = 1; sig <= KERNEL_NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP && ignore(sig) == -1)
			return -1;
	return 0;
}

int
dirty_sigchld(const char *unused __attribute__((unused)))
{
	return ignore(SIGCHLD);
}

static int
block(uint64_t set)
{
	return (int)syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL,
	    SET_SIZE);
}

int
dirty_sigblock(const char *unused __attribute__((unused)))
{
	return block(~UINT64_C(0));
}

int
dirty_pending(const char *signal)
{
	static const struct { const char *name; int number; } names[] = {
		{ "HUP", SIGHUP }, { "INT", SIGINT }, { "USR1", SIGUSR1 },
		{ "ALRM", SIGALRM }, { "TERM", SIGTERM }, { "CHLD", SIGCHLD },
	};
	int number = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(signal, names[i].name) == 0)
			number = names[i].number;
	if (number == 0)
		number = (int)dirty_number(signal, 1, KERNEL_NSIG);
	if (block(UINT64_C(1) << (number - 1)) == -1)
		return -1;
	return kill(getpid(), number);
}
