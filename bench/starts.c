/* SPDX-License-Identifier: ISC
 *
 * The time of a start, one after another and many at once.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "contest.h"
#include "witness.h"

enum { GOES_ON, RUNS, CPU };

static double
cpu_us(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_CHILDREN, &u) == -1)
		err(1, "getrusage");
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* The orphans are ours: the next turn begins when this one is over. */
static void
turn(const struct contest *contest, const struct contestant *c, size_t round)
{
	double cpu = cpu_us();
	int64_t begin, end;
	struct testimony t;
	pid_t pid;

	make_empty(c);
	begin = now_ns();
	pid = spawn(c);
	reap(c, pid, 0);
	end = now_ns();
	hear(contest, c, &t);
	/* Its parent, or we, have not reaped it yet: it is still there. */
	if (contest->stays)
		(void)kill((pid_t)t.pid, SIGKILL);
	reap_all();
	hear_nothing(contest, c);
	c->values[GOES_ON][round] = (double)(end - begin) / 1000;
	c->values[RUNS][round] = (double)(t.ns - begin) / 1000;
	c->values[CPU][round] = cpu_us() - cpu;
}

void
contest_starts(struct contest *contest)
{
	size_t order[CONTESTANTS];

	for (size_t i = 0; i < contest->rounds; i++) {
		shuffle(order, contest->count);
		for (size_t j = 0; j < contest->count; j++)
			turn(contest, &contest->list[order[j]], i);
	}
	print_metric(contest, GOES_ON, "goes on", "us");
	print_metric(contest, RUNS, "runs", "us");
	print_metric(contest, CPU, "cpu", "us");
}

/* A pidfile of its own for each: every '#' of the words is its number. */
static pid_t
spawn_numbered(const struct contestant *c, size_t number)
{
	struct contestant one = *c;
	char words[WORDS][256];

	for (size_t i = 0; c->argv[i] != NULL; i++) {
		const char *from = c->argv[i];
		char *at = one.argv[i] = words[i];

		for (; *from != '\0' && at < words[i] + 230; from++)
			if (*from == '#')
				at += sprintf(at, "%zu", number);
			else
				*at++ = *from;
		*at = '\0';
	}
	return spawn(&one);
}

static bool
is_caller(pid_t pid, pid_t *callers, size_t crowd)
{
	for (size_t i = 0; i < crowd; i++)
		if (callers[i] == pid) {
			callers[i] = 0;
			return true;
		}
	return false;
}

/* All of them at once, until all have gone on and all of theirs have run. */
static void
crowd_turn(const struct contest *contest, const struct contestant *c,
    size_t round, size_t crowd, pid_t *callers)
{
	int64_t begin, end = 0, last = 0;
	struct testimony t;
	double cpu = cpu_us();
	int status;
	pid_t pid;

	make_empty(c);
	begin = now_ns();
	for (size_t i = 0; i < crowd; i++)
		callers[i] = spawn_numbered(c, i);
	while ((pid = wait(&status)) > 0) {
		if (status != 0)
			errx(1, "%s: wait status %x", c->name,
			    (unsigned)status);
		if (is_caller(pid, callers, crowd))
			end = now_ns();
	}
	for (size_t i = 0; i < crowd; i++) {
		hear(contest, c, &t);
		last = t.ns > last ? t.ns : last;
	}
	hear_nothing(contest, c);
	c->values[GOES_ON][round] = (double)(end - begin) / 1000;
	c->values[RUNS][round] = (double)(last - begin) / 1000;
	c->values[CPU][round] = cpu_us() - cpu;
}

void
contest_crowd(struct contest *contest, size_t crowd)
{
	pid_t *callers = calloc(crowd, sizeof *callers);
	size_t order[CONTESTANTS];

	if (callers == NULL)
		err(1, "calloc");
	for (size_t i = 0; i < contest->rounds; i++) {
		shuffle(order, contest->count);
		for (size_t j = 0; j < contest->count; j++)
			crowd_turn(contest, &contest->list[order[j]], i, crowd,
			    callers);
	}
	free(callers);
	print_metric(contest, GOES_ON, "all go on", "us");
	print_metric(contest, RUNS, "all run", "us");
	print_metric(contest, CPU, "cpu", "us");
}

/* Daemons to be in the way of others: until our standard input ends. */
void
contest_keep(struct contest *contest, size_t crowd)
{
	const struct contestant *c = &contest->list[0];
	struct testimony *t = calloc(crowd, sizeof *t);
	char byte;

	if (t == NULL)
		err(1, "calloc");
	make_empty(c);
	for (size_t i = 0; i < crowd; i++) {
		reap(c, spawn_numbered(c, i), 0);
		hear(contest, c, &t[i]);
	}
	printf("%zu\n", crowd);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		continue;
	for (size_t i = 0; i < crowd; i++)
		(void)kill((pid_t)t[i].pid, SIGKILL);
	reap_all();
	make_empty(c);
	free(t);
}
