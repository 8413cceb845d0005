/* SPDX-License-Identifier: ISC
 *
 * What all contests share.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "contest.h"
#include "witness.h"

#define PATIENCE	20000	/* milliseconds */

int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
shuffle(size_t order[CONTESTANTS], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t other = (size_t)rand() % (i + 1);

		order[i] = i;
		order[i] = order[other];
		order[other] = i;
	}
}

static char *
join(const char *a, const char *b)
{
	char *text;

	if (asprintf(&text, "%s%s", a, b) == -1)
		err(1, "asprintf");
	return text;
}

/* '@' is the contestant's directory. */
static char *
expand(const struct contestant *c, char *word)
{
	char *at = strchr(word, '@'), *head;

	if (at == NULL)
		return word;
	head = strndup(word, (size_t)(at - word));
	if (head == NULL)
		err(1, "strndup");
	return join(join(head, c->dir), at + 1);
}

static void
put_witness(struct contest *contest, struct contestant *c, size_t *n,
    char *witness)
{
	static char stay[] = "stay";

	c->argv[(*n)++] = witness;
	c->argv[(*n)++] = contest->fifo;
	if (contest->stays)
		c->argv[(*n)++] = stay;
}

static void
make_room(struct contest *contest, struct contestant *c)
{
	char number[16];

	snprintf(number, sizeof number, "/%zu", contest->count);
	c->dir = join(contest->work, number);
	if (mkdir(c->dir, 0755) == -1 && errno != EEXIST)
		err(1, "%s", c->dir);
	for (size_t i = 0; i < METRICS; i++)
		if ((c->values[i] = calloc(contest->rounds,
		    sizeof *c->values[i])) == NULL)
			err(1, "calloc");
}

static char **
read_contestant(struct contest *contest, struct contestant *c, char **argv,
    char *witness)
{
	size_t n = 0;
	bool put = false;

	c->name = *argv++;
	make_room(contest, c);
	for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++) {
		if (n >= WORDS - 8)
			errx(64, "%s: too many words", c->name);
		if (strcmp(*argv, "%") != 0)
			c->argv[n++] = expand(c, *argv);
		else
			put_witness(contest, c, &n, witness);
		put |= strcmp(*argv, "%") == 0;
	}
	if (!put)
		put_witness(contest, c, &n, witness);
	return *argv != NULL ? argv + 1 : argv;
}

/* Everybody may testify, whatever user they have become. */
static void
make_fifo(struct contest *contest)
{
	(void)unlink(contest->fifo);
	if (mkfifo(contest->fifo, 0) == -1 || chmod(contest->fifo, 0622) == -1)
		err(1, "%s", contest->fifo);
	contest->witness = open(contest->fifo, O_RDWR | O_CLOEXEC);
	if (contest->witness == -1)
		err(1, "%s", contest->fifo);
}

void
contest_read(struct contest *contest, char **argv, bool stays)
{
	for (int i = 0; i < 5; i++)
		if (argv[i] == NULL)
			errx(64, "a contest lacks words");
	*contest = (struct contest){ .scenario = argv[0],
	    .rounds = strtoul(argv[1], NULL, 10), .work = argv[2],
	    .fifo = join(argv[2], "/fifo"), .stays = stays };
	if (contest->rounds == 0)
		errx(64, "%s: no rounds", argv[1]);
	make_fifo(contest);
	for (char **at = argv + 4; *at != NULL; contest->count++) {
		if (contest->count == CONTESTANTS)
			errx(64, "too many contestants");
		at = read_contestant(contest,
		    &contest->list[contest->count], at, argv[3]);
	}
}

pid_t
spawn(const struct contestant *c)
{
	pid_t pid = vfork();

	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		execv(c->argv[0], c->argv);
		_exit(127);
	}
	return pid;
}

void
reap(const struct contestant *c, pid_t pid, int wanted)
{
	int status;

	if (waitpid(pid, &status, 0) == -1)
		err(1, "%s: waitpid", c->name);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != wanted)
		errx(1, "%s: wait status %x", c->name, (unsigned)status);
}

void
reap_all(void)
{
	while (wait(NULL) > 0)
		continue;
}

void
hear(const struct contest *contest, const struct contestant *c,
    struct testimony *t)
{
	struct pollfd p = { .fd = contest->witness, .events = POLLIN };

	if (poll(&p, 1, PATIENCE) != 1)
		errx(1, "%s: %s: nothing ran", contest->scenario, c->name);
	if (read(contest->witness, t, sizeof *t) != sizeof *t)
		err(1, "%s: read", contest->fifo);
}

void
hear_nothing(const struct contest *contest, const struct contestant *c)
{
	struct pollfd p = { .fd = contest->witness, .events = POLLIN };

	if (poll(&p, 1, 0) != 0)
		errx(1, "%s: %s: more ran than was started",
		    contest->scenario, c->name);
}

void
make_empty(const struct contestant *c)
{
	DIR *dir = opendir(c->dir);
	const struct dirent *entry;

	if (dir == NULL)
		err(1, "%s", c->dir);
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void
print_row(const struct contest *contest, const struct contestant *c,
    const char *metric, double median, double low, const char *unit)
{
	printf("%s\t%s\t%s\t%.1f\t%.1f\t%s\n", contest->scenario, c->name,
	    metric, median, low, unit);
	fflush(stdout);
}

void
print_metric(struct contest *contest, size_t metric, const char *name,
    const char *unit)
{
	for (size_t i = 0; i < contest->count; i++) {
		struct contestant *c = &contest->list[i];
		double *values = c->values[metric];

		qsort(values, contest->rounds, sizeof *values, compare);
		print_row(contest, c, name, values[contest->rounds / 2],
		    values[contest->rounds / 10], unit);
	}
}
