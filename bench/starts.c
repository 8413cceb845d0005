/* SPDX-License-Identifier: ISC
 *
 * Times starts side by side: each round runs every command line once, in turn.
 *
 *	starts ROUNDS HELLO NAME command ... [-- NAME command ...]
 *
 * Each command line gets HELLO and a file's name appended, and must start
 * that as a daemon.  Prints per name the medians in microseconds of: the time
 * until the caller goes on, and until the program runs; and the ratios of both
 * to the first name's.  A round in which a program did not run ends it all.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
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
	double		*returns;
	double		*runs;
};

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, compare);
	return values[count / 2];
}

/* The program says when it ran by writing into the shared page. */
static void
measure(const struct contestant *c, volatile int64_t *ran, size_t round)
{
	const struct timespec pause = { .tv_nsec = 20000 };
	int64_t begin, end;
	pid_t pid;
	int status;

	*ran = 0;
	begin = now_ns();
	pid = vfork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		execvp(c->argv[0], c->argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) == -1)
		err(1, "waitpid");
	end = now_ns();
	if (status != 0)
		errx(1, "%s: status %x in round %zu", c->name, status, round);
	while (*ran == 0) {
		if (now_ns() - end > 5000000000)
			errx(1, "%s: nothing ran in round %zu", c->name, round);
		nanosleep(&pause, NULL);
	}
	/* Orphans are ours: the next round begins when this one has ended. */
	while (wait(NULL) > 0)
		continue;
	c->returns[round] = (double)(end - begin) / 1000;
	c->runs[round] = (double)(*ran - begin) / 1000;
}

static size_t
read_contestants(char **argv, char *hello, char *page, size_t rounds,
    struct contestant *list)
{
	size_t n = 0;

	while (*argv != NULL && n < CONTESTANTS) {
		struct contestant *c = &list[n++];
		size_t words = 0;

		c->name = *argv++;
		for (; *argv != NULL && strcmp(*argv, "--") != 0 &&
		    words < WORDS - 3; argv++)
			c->argv[words++] = *argv;
		if (*argv != NULL)
			argv++;
		c->argv[words++] = hello;
		c->argv[words] = page;
		c->returns = calloc(rounds, sizeof *c->returns);
		c->runs = calloc(rounds, sizeof *c->runs);
		if (c->returns == NULL || c->runs == NULL)
			err(1, "calloc");
	}
	return n;
}

static void
report(const struct contestant *list, size_t count, size_t rounds)
{
	double returns[CONTESTANTS], runs[CONTESTANTS];

	printf("%-24s %9s %7s %9s %7s\n", "", "goes on", "ratio", "runs",
	    "ratio");
	for (size_t i = 0; i < count; i++) {
		returns[i] = median(list[i].returns, rounds);
		runs[i] = median(list[i].runs, rounds);
		printf("%-24s %9.0f %7.2f %9.0f %7.2f\n", list[i].name,
		    returns[i], returns[i] / returns[0], runs[i],
		    runs[i] / runs[0]);
	}
}

int
main(int argc, char **argv)
{
	struct contestant list[CONTESTANTS] = { { 0 } };
	char page[] = "/tmp/starts.XXXXXX";
	size_t rounds, count;
	volatile int64_t *ran;
	int fd;

	if (argc < 5 || (rounds = strtoul(argv[1], NULL, 10)) == 0)
		errx(2, "usage: starts ROUNDS HELLO NAME command ... "
		    "[-- NAME command ...]");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		err(1, "prctl");
	fd = mkstemp(page);
	if (fd == -1 || ftruncate(fd, sizeof *ran) == -1)
		err(1, "%s", page);
	ran = mmap(NULL, sizeof *ran, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	if (ran == MAP_FAILED)
		err(1, "mmap");
	count = read_contestants(argv + 3, argv[2], page, rounds, list);
	for (size_t i = 0; i < rounds; i++)
		for (size_t j = 0; j < count; j++)
			measure(&list[j], ran, i);
	unlink(page);
	report(list, count, rounds);
	return 0;
}
