/* SPDX-License-Identifier: ISC
 *
 * The time from the end of a daemon until the command that has to do with it
 * is done.  In a stop, a contestant's words are those that start it, "::", and
 * those that stop it; in a death, it ends by itself, and its start must tell.
 */
#include <sys/wait.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/report.h"
#include "contest.h"
#include "witness.h"

enum { LAG, TAKES };

/* The two commands of a contestant, as two. */
static void
split(const struct contestant *both, struct contestant *start,
    struct contestant *stop)
{
	size_t i = 0, n = 0;

	*start = *stop = *both;
	while (both->argv[i] != NULL && strcmp(both->argv[i], "::") != 0)
		i++;
	start->argv[i] = NULL;
	if (both->argv[i] == NULL)
		errx(64, "%s: nothing stops it", both->name);
	do
		stop->argv[n++] = both->argv[++i];
	while (both->argv[i] != NULL);
}

/* One command, in whose time the daemon has its last word. */
static void
take_end(const struct contest *contest, const struct contestant *c, int wanted,
    size_t round)
{
	int64_t begin = now_ns(), end;
	struct testimony t;

	reap(c, spawn(c), wanted);
	end = now_ns();
	hear(contest, c, &t);
	if (t.ns < begin || t.ns > end)
		errx(1, "%s: it ended at another time", c->name);
	c->values[LAG][round] = (double)(end - t.ns) / 1000;
	c->values[TAKES][round] = (double)(end - begin) / 1000;
}

static void
stop_turn(const struct contest *contest, const struct contestant *both,
    size_t round)
{
	struct contestant start, stop;
	struct testimony t;

	split(both, &start, &stop);
	make_empty(both);
	reap(&start, spawn(&start), 0);
	hear(contest, both, &t);
	take_end(contest, &stop, 0, round);
}

/*
 * Return in a child, and reap whatever it leaves: some tools take a zombie for
 * a process, and not every machine's init is as quick as this.
 */
static void
be_init(void)
{
	pid_t child = fork(), pid;
	int status;

	if (child == -1)
		err(1, "fork");
	if (child == 0)
		return;
	while ((pid = wait(&status)) != child)
		if (pid == -1)
			err(1, "wait");
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

void
contest_stops(struct contest *contest)
{
	size_t order[CONTESTANTS];

	be_init();
	for (size_t i = 0; i < contest->rounds; i++) {
		shuffle(order, contest->count);
		for (size_t j = 0; j < contest->count; j++)
			stop_turn(contest, &contest->list[order[j]], i);
	}
	print_metric(contest, LAG, "lag", "us");
	print_metric(contest, TAKES, "takes", "us");
}

/* How long it takes says how long the witness lived: not worth a row. */
void
contest_deaths(struct contest *contest)
{
	size_t order[CONTESTANTS];

	for (size_t i = 0; i < contest->rounds; i++) {
		shuffle(order, contest->count);
		for (size_t j = 0; j < contest->count; j++) {
			struct contestant *c = &contest->list[order[j]];

			make_empty(c);
			take_end(contest, c, EXIT_ENDED, i);
			reap_all();
			hear_nothing(contest, c);
		}
	}
	print_metric(contest, LAG, "lag", "us");
}
