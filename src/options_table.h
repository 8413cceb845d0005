/* SPDX-License-Identifier: ISC
 *
 * options.def as a table, and what is printed from it.
 */
#ifndef OPTIONS_TABLE_H
#define OPTIONS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "report.h"
#include "spec.h"

/* Above every letter, so that getopt_long(3) can return either. */
enum option_id {
	OPT_FIRST = 256,
#define OPT_GROUP(title)
#define OPT_FLAG(id, letter, name, help) OPT_##id,
#define OPT_ARG(id, letter, name, meta, kind, help) OPT_##id,
#include "options.def"
	OPT_END
};

/* How many rows there are, titles included. */
#define OPT_GROUP(title) + 1
#define OPT_FLAG(id, letter, name, help) + 1
#define OPT_ARG(id, letter, name, meta, kind, help) + 1
enum { OPTION_ROWS = 0
#include "options.def"
};

struct option_row {
	int		 id;		/* 0: a group's title */
	int		 letter;	/* 0: none */
	const char	*name;
	const char	*meta;		/* NULL: takes no argument */
	const char	*help;
};

extern const struct option_row option_rows[OPTION_ROWS];

/* The row of an id or a letter of options.def: there is one. */
const struct option_row	*option_row(int id)
    __attribute__((returns_nonnull));

/* Those that begin like this, as "--one, --two"; how many there are. */
size_t	option_list(const char *beginning, char *text, size_t size);

/* The long option that a mistyped one was most likely meant to be, or NULL. */
const char	*option_nearest(const char *word);

/* What parsing holds: the spec, and which options were given. */
struct parsing {
	struct daemon_spec *spec;
	struct fault	   *fault;
	size_t		    max;	/* words a list can have */
	bool		    seen[OPT_END - OPT_FIRST];
};

/* An option that does not fit.  Returns its error. */
int	misused(struct parsing *, int id, const char *what);

/* A bad value of an option, which is named last.  Returns its error. */
int	bad_value(struct parsing *, int id, const char *value,
	    const char *what);

/* The options of "What it may use".  0, or the fault filled in. */
int	set_allowance(struct parsing *, int id, const char *value);

/* Do the options go together?  0, or the fault filled in (options_check.c). */
int	check_spec(struct parsing *);

#endif
