/* SPDX-License-Identifier: ISC
 *
 * A terminal that closes in the worst moment.
 *
 *	pty [-c CHARACTER] command [argument ...]
 *
 * Runs the command as the leader of a new session on a new terminal.  The
 * moment that it ends, or that it has written CHARACTER, the terminal is
 * closed, so that a real SIGHUP hits whatever is left on it.  What the
 * command writes comes out on our standard output.  Exit status: the
 * command's, 128 + signal, or 125 for a failure of ours.
 */
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_OURS = 125, LAST_READS = 16 };

static void __attribute__((noreturn))
become_command(int master, char **argv)
{
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY);

	close(master);
	if (slave == -1 || setsid() == -1 ||
	    ioctl(slave, TIOCSCTTY, 0) == -1)
		err(STATUS_OURS, "terminal");
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(slave, fd) == -1)
			err(STATUS_OURS, "dup2");
	if (slave > STDERR_FILENO)
		close(slave);
	execvp(argv[0], argv);
	err(errno == ENOENT ? 127 : 126, "%s", argv[0]);
}

/* Passes on what there is; true if it ends, or has the trigger in it. */
static int
copy_some(int master, int trigger)
{
	char buf[4096];
	ssize_t n = read(master, buf, sizeof(buf));

	if (n <= 0)
		return n == 0 || errno != EINTR;
	if (trigger != -1 && memchr(buf, trigger, (size_t)n) != NULL)
		return 1;
	if (write(STDOUT_FILENO, buf, (size_t)n) == -1)
		warn("standard output");
	return 0;
}

/* It may have been stopped, only. */
static bool
has_ended(pid_t pid, int children)
{
	struct signalfd_siginfo signal;
	siginfo_t info = { .si_pid = 0 };

	return read(children, &signal, sizeof(signal)) == -1 ||
	    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
	    -1 || info.si_pid != 0;
}

/* Returns when the terminal has to go, which is at once. */
static void
watch(int master, pid_t pid, int children, int trigger)
{
	struct pollfd fds[2] = { { children, POLLIN, 0 },
	    { master, POLLIN, 0 } };

	for (;;) {
		if (poll(fds, 2, -1) == -1) {
			if (errno == EINTR)
				continue;
			err(STATUS_OURS, "poll");
		}
		if ((fds[1].revents & POLLIN) != 0) {
			if (copy_some(master, trigger))
				return;
		} else if (fds[1].revents != 0) {
			/* Nobody has it open now, but that may change. */
			fds[1].fd = -1;
		}
		if (fds[0].revents != 0 && has_ended(pid, children))
			break;
	}
	/* What is underway to us; poll(2) has the kernel bring it. */
	fds[1].fd = master;
	for (int i = 0; i < LAST_READS && poll(&fds[1], 1, 0) == 1 &&
	    (fds[1].revents & POLLIN) != 0; i++)
		if (copy_some(master, trigger))
			return;
}

static int
run(char **argv, int trigger)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int children, status;
	sigset_t child, before;
	pid_t pid;

	if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1)
		err(STATUS_OURS, "terminal");
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	children = signalfd(-1, &child, SFD_CLOEXEC);
	if (children == -1)
		err(STATUS_OURS, "signalfd");
	pid = fork();
	if (pid == -1)
		err(STATUS_OURS, "fork");
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		become_command(master, argv);
	}
	watch(master, pid, children, trigger);
	close(master);
	if (waitpid(pid, &status, 0) == -1)
		err(STATUS_OURS, "waitpid");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

int
main(int argc, char *argv[])
{
	int c, trigger = -1;

	while ((c = getopt(argc, argv, "+c:")) != -1) {
		if (c != 'c')
			return STATUS_OURS;
		trigger = (unsigned char)optarg[0];
	}
	if (optind >= argc)
		errx(STATUS_OURS, "usage: pty [-c CHARACTER] command ...");
	return run(argv + optind, trigger);
}
