/* SPDX-License-Identifier: ISC
 *
 * What a process may use.  System calls by number where musl has a function
 * that only fails, or none.
 */
#include <sys/resource.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "allow.h"
#include "report.h"

/* ioprio_set(2): of the process 0, this one. */
#define WHO_PROCESS	1

/* The kernel takes a session's nice value every 100 ms, of all but root. */
#define PAUSE		(20 * 1000000)	/* nanoseconds */
#define PAUSES		250

static rlim_t
greater(rlim_t a, rlim_t b)
{
	if (a == RLIM_INFINITY || b == RLIM_INFINITY)
		return RLIM_INFINITY;
	return a > b ? a : b;
}

static bool
same_limit(const struct rlimit *a, const struct rlimit *b)
{
	return a->rlim_cur == b->rlim_cur && a->rlim_max == b->rlim_max;
}

static int
set_limit(int resource, const struct rlimit *asked)
{
	struct rlimit now = { 0, 0 };

	if (prlimit(0, resource, asked, NULL) == -1 ||
	    prlimit(0, resource, NULL, &now) == -1)
		return errno;
	return same_limit(&now, asked) ? 0 : REASON_NOT_TAKEN;
}

static int
raise_limit(int resource, const struct rlimit *asked)
{
	struct rlimit now = { 0, 0 }, more;

	if (prlimit(0, resource, NULL, &now) == -1)
		return errno;
	more.rlim_cur = greater(now.rlim_cur, asked->rlim_cur);
	more.rlim_max = greater(now.rlim_max, asked->rlim_max);
	return same_limit(&now, &more) ? 0 : set_limit(resource, &more);
}

static int
each_limit(const struct limits *limits, enum limit *which,
    int (*set)(int, const struct rlimit *))
{
	int error = 0;

	for (int i = 0; error == 0 && i < LIMIT_COUNT; i++) {
		*which = (enum limit)i;
		if (limits->asked[i])
			error = set(limit_resource(*which), &limits->value[i]);
	}
	return error;
}

int
allow_raise(const struct limits *limits, enum limit *which)
{
	return each_limit(limits, which, raise_limit);
}

int
allow_limits(const struct limits *limits, enum limit *which)
{
	return each_limit(limits, which, set_limit);
}

int
allow_nice(int nice)
{
	int now;

	if (setpriority(PRIO_PROCESS, 0, nice) == -1)
		return errno;
	/* -1 is a nice value, too. */
	errno = 0;
	now = getpriority(PRIO_PROCESS, 0);
	if (errno != 0)
		return errno;
	return now == nice ? 0 : REASON_NOT_TAKEN;
}

/* A small file, as a text. */
static int
read_text(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n;

	do {
		n = pread(fd, text + length, size - 1 - length, (off_t)length);
		if (n == -1)
			return errno;
		length += (size_t)n;
	} while (n > 0 && length < size - 1);
	text[length] = '\0';
	return 0;
}

static int
write_number(int fd, int number)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%d", number);
	ssize_t written = write(fd, text, (size_t)n);

	if (written == -1)
		return errno;
	return written == n ? 0 : EIO;
}

/* Is the text this number and a newline? */
static bool
is_number(const char *text, int number)
{
	char line[16];

	snprintf(line, sizeof line, "%d\n", number);
	return strcmp(text, line) == 0;
}

static int
set_session_nice(int fd, int nice)
{
	static const char key[] = " nice ";
	const struct timespec pause = { .tv_nsec = PAUSE };
	const char *value;
	char text[64];
	int error = read_text(fd, text, sizeof text);

	/* This session has none, or the kernel did not make them. */
	if (error != 0 || strstr(text, key) == NULL)
		return error;
	error = write_number(fd, nice);
	for (int i = 0; error == EAGAIN && i < PAUSES; i++) {
		(void)nanosleep(&pause, NULL);
		error = write_number(fd, nice);
	}
	if (error == 0)
		error = read_text(fd, text, sizeof text);
	if (error != 0)
		return error;
	value = strstr(text, key);
	return value != NULL && is_number(value + strlen(key), nice) ? 0 :
	    REASON_NOT_TAKEN;
}

int
allow_session_nice(int nice)
{
	int fd = open("/proc/self/autogroup", O_RDWR | O_CLOEXEC), error;

	if (fd == -1)
		return errno == ENOENT ? 0 : errno;
	error = set_session_nice(fd, nice);
	close(fd);
	return error;
}

int
allow_oom_score_adj(int score)
{
	int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC), error;
	char text[64];

	if (fd == -1)
		return errno == ENOENT ? REASON_NEEDS_PROC : errno;
	error = write_number(fd, score);
	if (error == 0)
		error = read_text(fd, text, sizeof text);
	close(fd);
	if (error != 0)
		return error;
	return is_number(text, score) ? 0 : REASON_NOT_TAKEN;
}

int
allow_io_priority(int priority)
{
	long now;

	if (syscall(SYS_ioprio_set, WHO_PROCESS, 0, priority) == -1 ||
	    (now = syscall(SYS_ioprio_get, WHO_PROCESS, 0)) == -1)
		return errno;
	/* For "none" some kernels tell what follows from the nice value. */
	if (priority >> IO_LEVEL_BITS == IO_NONE)
		return 0;
	return now == priority ? 0 : REASON_NOT_TAKEN;
}

int
allow_policy(int policy, int priority)
{
	struct sched_param asked = { .sched_priority = priority }, now = asked;
	long is;

	now.sched_priority = -1;
	if (syscall(SYS_sched_setscheduler, 0, policy, &asked) == -1 ||
	    (is = syscall(SYS_sched_getscheduler, 0)) == -1 ||
	    syscall(SYS_sched_getparam, 0, &now) == -1)
		return errno;
	return is == policy && now.sched_priority == priority ? 0 :
	    REASON_NOT_TAKEN;
}

int
allow_cpus(const unsigned long asked[CPU_WORDS], unsigned long now[CPU_WORDS])
{
	const size_t size = CPU_WORDS * sizeof now[0];

	memset(now, 0, size);
	/* EINVAL: it would leave out all of them. */
	if (syscall(SYS_sched_setaffinity, 0, size, asked) == -1)
		return errno == EINVAL ? REASON_NO_CPU : errno;
	if (syscall(SYS_sched_getaffinity, 0, size, now) == -1)
		return errno;
	/* It leaves out those that are not there, and says nothing. */
	return memcmp(asked, now, size) == 0 ? 0 : REASON_NO_CPU;
}
