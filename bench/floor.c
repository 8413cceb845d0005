/* SPDX-License-Identifier: ISC
 *
 * The floor of the benchmark: the least that a program linked to libc alone
 * can do to start a daemon and know that it was executed.  The same forks,
 * resets, redirects and exec as daemonize; no options, no checks, no safety.
 *
 *	floor [-p PIDFILE] program [argument ...]
 */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
write_pidfile(const char *path)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%d\n", (int)getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd == -1 || write(fd, text, (size_t)n) != n || close(fd) == -1)
		_exit(1);
}

static void
run(const char *pidfile, char **argv)
{
	static const unsigned long default_action[16];
	int null;
	sigset_t none;

	if (setsid() == -1 || fork() != 0)
		_exit(0);
	for (int i = 1; i <= 64; i++)
		syscall(SYS_rt_sigaction, i, default_action, NULL, 8);
	syscall(SYS_close_range, 3U, UINT_MAX, 4U);
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
	char byte;
	int end[2];
	sigset_t all;
	pid_t middle;

	if (argc > 2 && strcmp(argv[1], "-p") == 0) {
		pidfile = argv[2];
		argv += 2;
	}
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (pipe2(end, O_CLOEXEC) == -1 || (middle = fork()) == -1)
		return 1;
	if (middle == 0)
		run(pidfile, argv + 1);
	close(end[1]);
	waitpid(middle, NULL, 0);
	return read(end[0], &byte, 1) == 0 ? 0 : 1;
}
