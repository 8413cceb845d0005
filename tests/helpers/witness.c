/* SPDX-License-Identifier: ISC
 *
 * A daemon that tells that it runs, and as what.
 *
 *	witness FIFO [WORD ...]
 *
 * Writes a line to the FIFO, in one piece: `run PID KEYRING SESSION STATE`,
 * where STATE is the same whenever it is started in the same way.  Stays; says
 * `hup PID` for each SIGHUP, and `usr1 PID` for SIGUSR1.  The words:
 *
 *	stubborn	ignore SIGTERM
 *	member		have another in the group, that does nothing
 *	background	fork first, and go on when the parent is gone
 *	notify, fd=N, file=PATH, say=TEXT, listen=PORT
 *			get ready in this way; before, write a line `ready`
 *	die		end, with status 3
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "witness.h"

enum { SIZE = 4000, DESCRIPTORS = 128 };

static char text[SIZE];
static size_t used;

void
say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	used += (size_t)vsnprintf(text + used, SIZE - used, format, ap);
	va_end(ap);
	if (used >= SIZE)
		_exit(99);
}

static void
say_ids(void)
{
	gid_t groups[64];
	uid_t r, e, s;
	gid_t rg, eg, sg;
	int n = getgroups(64, groups);

	getresuid(&r, &e, &s);
	getresgid(&rg, &eg, &sg);
	say(" uid=%u,%u,%u gid=%u,%u,%u groups=", r, e, s, rg, eg, sg);
	for (int i = 0; i < n; i++)
		say("%u,", groups[i]);
}

static void
say_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(SYS_capget, &header, data) == -1)
		_exit(98);
	say(" cap=%x%08x,%x%08x,%x%08x", data[1].effective,
	    data[0].effective, data[1].permitted, data[0].permitted,
	    data[1].inheritable, data[0].inheritable);
	say(" bounding=");
	for (unsigned long i = 0; i < 64; i++)
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			say("%lu,", i);
	say(" ambient=");
	for (unsigned long i = 0; i < 64; i++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
			say("%lu,", i);
	say(" nnp=%d dumpable=%d securebits=%d",
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
	    prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
}

static void
say_signals(void)
{
	static const unsigned long size = 8;
	unsigned long old[16] = { 0 }, mask[2] = { 0 };

	say(" ignored=");
	for (int i = 1; i <= 64; i++)
		if (syscall(SYS_rt_sigaction, i, NULL, old, size) == 0 &&
		    old[0] == (unsigned long)SIG_IGN)
			say("%d,", i);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, mask, size);
	say(" blocked=%lx", mask[0]);
}

static const char *
relation(pid_t id)
{
	return id == getpid() ? "self" : "other";
}

static void
say_place(void)
{
	char dir[256] = "-";
	struct stat st = { 0 };
	mode_t mask = umask(0);
	sigset_t pending;

	if (getcwd(dir, sizeof(dir)) == NULL)
		strcpy(dir, "-");
	stat("/", &st);
	sigpending(&pending);
	say(" umask=%o cwd=%s root=%lx:%lu session=%s group=%s", mask, dir,
	    (unsigned long)st.st_dev, (unsigned long)st.st_ino,
	    relation(getsid(0)), relation(getpgid(0)));
}

static void
say_limits(void)
{
	struct itimerval timer = { 0 };
	struct rlimit limit;

	getitimer(ITIMER_REAL, &timer);
	say(" timer=%d", timer.it_value.tv_sec != 0);
	say(" nice=%d policy=%d limits=", getpriority(PRIO_PROCESS, 0),
	    sched_getscheduler(0));
	for (int i = 0; i < RLIMIT_NLIMITS; i++)
		if (getrlimit(i, &limit) == 0)
			say("%lx/%lx,", (unsigned long)limit.rlim_cur,
			    (unsigned long)limit.rlim_max);
}

static void
say_descriptors(void)
{
	struct stat st;
	int flags;

	say(" fds=");
	for (int i = 0; i < DESCRIPTORS; i++) {
		if ((flags = fcntl(i, F_GETFL)) == -1 || fstat(i, &st) == -1)
			continue;
		/* The lock's number is whatever was free. */
		if (i <= 2)
			say("%d:", i);
		say("%o:%o:%u:%lx,", (unsigned)flags, (unsigned)st.st_mode,
		    (unsigned)st.st_uid, (unsigned long)st.st_rdev);
	}
}

/* Where it is to say that it is ready differs each time. */
static void
say_environment(void)
{
	static const char socket[] = "NOTIFY_SOCKET=", own[] = "LISTEN_PID=";

	say(" env=");
	for (char **e = environ; *e != NULL; e++) {
		size_t n = strcspn(*e, "=") + 1;

		if (strncmp(*e, own, n) == 0)
			say("%s%s,", own, relation(atoi(*e + n)));
		else
			say("%s,", strncmp(*e, socket, n) == 0 ? socket : *e);
	}
}

int
tell(const char *fifo, const char *line, size_t length)
{
	int fd = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : write(fd, line, length);

	close(fd);
	return n == (ssize_t)length ? 0 : -1;
}

int
main(int argc, char *argv[])
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	char line[64];
	sigset_t set;
	int sig;

	if (argc < 2)
		return 2;
	go_on_in_background(argv + 2);
	say("run %d %ld %d", (int)getpid(), syscall(SYS_keyctl,
	    KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0),
	    (int)getsid(0));
	/* Before anything of ours is open, or set. */
	say_descriptors();
	say_signals();
	say_ids();
	say_capabilities();
	say_place();
	say_limits();
	say_allowances();
	say_environment();
	say("\n");
	if (argc > 2 && strcmp(argv[2], "stubborn") == 0)
		sigaction(SIGTERM, &ignore, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (argc > 2 && strcmp(argv[2], "member") == 0 && fork() == 0)
		for (;;)
			pause();
	if (tell(argv[1], text, used) == -1)
		return 3;
	get_ready(argv[1], argv + 2);
	while (sigwait(&set, &sig) == 0) {
		int n = snprintf(line, sizeof(line), "%s %d\n", sig == SIGHUP ?
		    "hup" : "usr1", (int)getpid());

		if (tell(argv[1], line, (size_t)n) == -1)
			return 3;
	}
	return 4;
}
