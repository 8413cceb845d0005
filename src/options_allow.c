/* SPDX-License-Identifier: ISC
 *
 * The options of what the daemon may use: limits, scheduling, capabilities.
 */
#include <errno.h>
#include <stdio.h>

#include "caps.h"
#include "options_table.h"

static int
set_limit(struct parsing *p, const char *value)
{
	char what[FAULT_DETAIL], names[FAULT_DETAIL];

	switch (limits_parse(value, &p->spec->limits)) {
	case 0:
		return 0;
	case ENOENT:
		limits_names(names, sizeof names);
		snprintf(what, sizeof what, "no such limit; there are %.200s",
		    names);
		return bad_value(p, OPT_LIMIT, value, what);
	case ERANGE:
		return bad_value(p, OPT_LIMIT, value,
		    "the soft limit is above the hard one");
	default:
		return bad_value(p, OPT_LIMIT, value, "it is NAME=SOFT[:HARD], "
		    "each a number, unlimited, or with K, M, G, T where it is "
		    "bytes");
	}
}

static int
set_caps(struct parsing *p, const char *value)
{
	if (caps_parse(value, &p->spec->caps) != 0)
		return bad_value(p, OPT_CAPS, value,
		    "not a list of capabilities; see capabilities(7)");
	p->spec->keep_caps = true;
	return 0;
}

/* Options of one value each, and what they say of a bad one. */
static const struct {
	int		 id;
	int		(*parse)(const char *, struct sched *);
	const char	*what;
} rows[] = {
	{ OPT_NICE, sched_parse_nice, "not a number from -20 to 19" },
	{ OPT_OOM_SCORE_ADJ, sched_parse_oom,
	    "not a number from -1000 to 1000" },
	{ OPT_IONICE, sched_parse_io,
	    "it is realtime[:0-7], best-effort[:0-7], idle or none" },
	{ OPT_SCHED, sched_parse_policy,
	    "it is other, batch, idle, fifo[:1-99] or rr[:1-99]" },
	{ OPT_CPUS, sched_parse_cpus,
	    "not a list of CPUs below 8192, as 0-3,5 or 0-30:2" },
};

int
set_allowance(struct parsing *p, int id, const char *value)
{
	if (id == OPT_LIMIT)
		return set_limit(p, value);
	if (id == OPT_CAPS)
		return set_caps(p, value);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].id == id &&
		    rows[i].parse(value, &p->spec->sched) != 0)
			return bad_value(p, id, value, rows[i].what);
	return 0;
}
