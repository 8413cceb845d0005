/* SPDX-License-Identifier: ISC
 *
 * The floor of the benchmark: what a program linked to libc alone does to start
 * a daemon and know that it was executed.  Two plain forks, and the resets,
 * redirects and exec of daemonize; no options, no checks, no safety.
 *
 *	floor [-s] [-p PIDFILE] program [argument ...]
 *
 * -s: the children share the descriptor table until they have closed all of it
 * but what they need, so that it is never copied.
 */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RANGE_UNSHARE	(1U << 1)
#define RANGE_CLOEXEC	(1U << 2)

static void
write_pidfile(const char *path)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%d\n", (int)getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd == -1 || write(fd, text, (size_t)n) != n || close(fd) == -1)
		_exit(1);
}

static pid_t
make_child(bool share)
{
	/* Whoever shares the table with a child waits until that leaves it. */
	return share ? (pid_t)syscall(SYS_clone, CLONE_FILES | CLONE_VFORK |
	    SIGCHLD, 0, 0, 0, 0) : fork();
}

static void
run(const char *pidfile, bool share, char **argv)
{
	static const unsigned long default_action[16];
	int null;
	sigset_t none;

	if (setsid() == -1 || make_child(share) != 0)
		_exit(0);
	for (int i = 1; i <= 64; i++)
		syscall(SYS_rt_sigaction, i, default_action, NULL, 8);
	syscall(SYS_close_range, share ? 4U : 3U, UINT_MAX,
	    share ? RANGE_UNSHARE : RANGE_CLOEXEC);
	if (pidfile != NULL)
		write_pidfile(pidfile);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (chdir("/") == -1)
		_exit(1);
	umask(022);
	for (int i = 0; i <= 2; i++)
		dup2(null, i);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(argv[0], argv);
	_exit(127);
}

int
main(int argc, char **argv)
{
	const char *pidfile = NULL;
	bool share = false;
	char byte;
	int end[2], option;
	sigset_t all;
	pid_t middle;

	while ((option = getopt(argc, argv, "+sp:")) != -1) {
		share |= option == 's';
		pidfile = option == 'p' ? optarg : pidfile;
	}
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (pipe2(end, O_CLOEXEC) == -1)
		return 1;
	/* The writing end alone stays, as 3. */
	if (share && ((end[0] = fcntl(end[0], F_DUPFD_CLOEXEC, 4)) == -1 ||
	    (end[1] != 3 && dup3(end[1], 3, O_CLOEXEC) == -1)))
		return 1;
	if ((middle = make_child(share)) == 0)
		run(pidfile, share, argv + optind);
	if (middle == -1 || waitpid(middle, NULL, 0) == -1)
		return 1;
	close(end[1]);
	if (share)
		close(3);
	return read(end[0], &byte, 1) == 0 ? 0 : 1;
}
