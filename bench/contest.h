/* SPDX-License-Identifier: ISC
 *
 * Who is measured, one run of it, and what the rows of the result look like.
 *
 * A contest is rounds in which every contestant has its turn, so that whatever
 * else happens on the machine happens to all of them; and in another order each
 * time, since who comes after a big one finds the caches cold.  Each run is
 * proven by the witness that it started; one that is not ends the benchmark.
 */
#ifndef CONTEST_H
#define CONTEST_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTESTANTS	16
#define WORDS		64
#define METRICS		4

struct contestant {
	const char	*name;
	char		*argv[WORDS];
	char		*dir;		/* empty before each run: '@' */
	double		*values[METRICS];
};

struct contest {
	const char	*scenario;
	size_t		 rounds;
	struct contestant list[CONTESTANTS];
	size_t		 count;
	char		*work;		/* directory of the benchmark */
	char		*fifo;
	int		 witness;	/* its reading end */
	bool		 stays;		/* does it, until it is killed? */
};

/*
 * SCENARIO ROUNDS WORK WITNESS NAME command ... [-- NAME command ...]
 *
 * In a command, '@' is the contestant's own directory, and WITNESS and its
 * FIFO are appended, or put where a word is '%'.  Where it stays, it is told.
 */
void	contest_read(struct contest *, char **argv, bool stays);

int64_t	now_ns(void);

/* The order of a round. */
void	shuffle(size_t order[CONTESTANTS], size_t count);

/* Fork and execute.  The pid; it never fails. */
pid_t	spawn(const struct contestant *);

/* Wait for a child that must end with this exit status. */
void	reap(const struct contestant *, pid_t, int wanted);

/* Reap all that is left of a run, the orphans as well. */
void	reap_all(void);

/* The next word of the witness of a run. */
struct testimony;
void	hear(const struct contest *, const struct contestant *,
	    struct testimony *);

/* Nobody else has spoken: nothing was started twice. */
void	hear_nothing(const struct contest *, const struct contestant *);

/* Remove what the last run has left in the contestant's directory. */
void	make_empty(const struct contestant *);

/* One row: scenario, contestant, metric, median, lowest tenth, unit. */
void	print_row(const struct contest *, const struct contestant *,
	    const char *metric, double median, double low, const char *unit);

/* The rows of every contestant for values[metric]. */
void	print_metric(struct contest *, size_t metric, const char *name,
	    const char *unit);

/*
 * The contests.  `crowd` is how many at once; there, '#' in a command is the
 * number of each.
 */
void	contest_starts(struct contest *);
void	contest_counts(struct contest *);
void	contest_stops(struct contest *);
void	contest_deaths(struct contest *);
void	contest_crowd(struct contest *, size_t crowd);

/* Start so many, say so, and keep them until our standard input ends. */
void	contest_keep(struct contest *, size_t crowd);

#endif
