/* SPDX-License-Identifier: ISC
 *
 * Times stops side by side: each round starts a daemon and stops it with the
 * first command line, then does so with the next.
 *
 *	stoplag ROUNDS DIR NAME command ... [-- NAME command ...]
 *
 * The daemon is this program: started by `daemonize -p DIR/pid`, which is
 * taken from PATH, it takes the time when TERM reaches it, and ends at once.
 * Prints per name the medians in microseconds, and the greatest, of: that time
 * until the command has ended, and the whole run of the command; and the ratio
 * of the first to the first name's.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONTESTANTS	16
#define WORDS		64

struct contestant {
	const char	*name;
	char		*argv[WORDS];
	double		*lag;
	double		*takes;
};

/* In the file that the daemon and we share. */
struct page {
	volatile int64_t	ready;
	volatile int64_t	end;
};

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct page *
map_page(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct page *page;

	if (fd == -1 || ftruncate(fd, sizeof *page) == -1)
		err(1, "%s", path);
	page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	if (page == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	return page;
}

static int
be_daemon(const char *path)
{
	struct page *page = map_page(path);
	sigset_t term;
	int signal;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	page->ready = 1;
	sigwait(&term, &signal);
	page->end = now_ns();
	_exit(0);
}

static void
run(const char *name, char *const *argv)
{
	pid_t pid = vfork();
	int status;

	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) == -1)
		err(1, "waitpid");
	if (status != 0)
		errx(1, "%s: status %x", name, status);
}

static void
measure(const struct contestant *c, char *const *start, struct page *page,
    size_t round)
{
	const struct timespec pause = { .tv_nsec = 20000 };
	int64_t begin, end;

	page->ready = page->end = 0;
	run("start", start);
	while (page->ready == 0)
		nanosleep(&pause, NULL);
	begin = now_ns();
	run(c->name, c->argv);
	end = now_ns();
	if (page->end == 0)
		errx(1, "%s: it has not ended in round %zu", c->name, round);
	c->lag[round] = (double)(end - page->end) / 1000;
	c->takes[round] = (double)(end - begin) / 1000;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static size_t
read_contestants(char **argv, size_t rounds, struct contestant *list)
{
	size_t n = 0;

	while (*argv != NULL && n < CONTESTANTS) {
		struct contestant *c = &list[n++];
		size_t words = 0;

		c->name = *argv++;
		for (; *argv != NULL && strcmp(*argv, "--") != 0 &&
		    words < WORDS - 1; argv++)
			c->argv[words++] = *argv;
		if (*argv != NULL)
			argv++;
		c->lag = calloc(rounds, sizeof *c->lag);
		c->takes = calloc(rounds, sizeof *c->takes);
		if (c->lag == NULL || c->takes == NULL)
			err(1, "calloc");
	}
	return n;
}

static void
print(struct contestant *list, size_t n, size_t rounds)
{
	printf("%-20s %12s %12s %12s %9s\n", "median of microseconds",
	    "end-return", "greatest", "whole run", "ratio");
	for (size_t i = 0; i < n; i++) {
		struct contestant *c = &list[i];

		qsort(c->lag, rounds, sizeof *c->lag, compare);
		qsort(c->takes, rounds, sizeof *c->takes, compare);
		printf("%-22s %12.1f %12.1f %12.1f %9.2f\n", c->name,
		    c->lag[rounds / 2], c->lag[rounds - 1],
		    c->takes[rounds / 2],
		    c->lag[rounds / 2] / list[0].lag[rounds / 2]);
	}
}

/*
 * Return in a child, and reap whatever it leaves: some tools take a zombie for
 * a process, and not every machine's init is as quick as this.
 */
static void
be_init(void)
{
	pid_t child;
	int status;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		err(1, "prctl");
	child = fork();
	if (child == -1)
		err(1, "fork");
	if (child == 0)
		return;
	while (wait(&status) != child)
		continue;
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

int
main(int argc, char **argv)
{
	struct contestant list[CONTESTANTS] = { 0 };
	char self[4096], pidfile[4096], file[4096];
	char *start[] = { "daemonize", "-p", pidfile, self, "-d", file, NULL };
	size_t n, rounds;
	struct page *page;
	ssize_t length;

	if (argc == 3 && strcmp(argv[1], "-d") == 0)
		return be_daemon(argv[2]);
	if (argc < 5 || (rounds = strtoul(argv[1], NULL, 10)) == 0)
		errx(64, "usage: stoplag ROUNDS DIR NAME command ... "
		    "[-- NAME command ...]");
	length = readlink("/proc/self/exe", self, sizeof self - 1);
	if (length == -1)
		err(1, "/proc/self/exe");
	self[length] = '\0';
	snprintf(pidfile, sizeof pidfile, "%s/pid", argv[2]);
	snprintf(file, sizeof file, "%s/page", argv[2]);
	be_init();
	page = map_page(file);
	n = read_contestants(argv + 3, rounds, list);
	for (size_t r = 0; r < rounds; r++)
		for (size_t i = 0; i < n; i++)
			measure(&list[i], start, page, r);
	print(list, n, rounds);
	return 0;
}
