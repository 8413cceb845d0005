/* SPDX-License-Identifier: ISC
 *
 * The plan of a start in words: what each step will use.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "launch.h"
#include "report.h"
#include "resolve.h"
#include "spec.h"

/* A text that grows up to its room; what does not fit is only counted. */
struct text {
	char	*at;
	size_t	 room;		/* never 0: its end is in it */
	size_t	 length;	/* of the whole of it */
};

void	text_add(struct text *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * What a step uses: ids, paths, numbers; "" where its name says it all.  How
 * long that is; only what fits is in the text.
 */
size_t	explain_step(enum step, const struct launch *, char *text, size_t size);

/* All of it, to be freed.  NULL: no memory. */
char	*explain_whole(enum step, const struct launch *);

/* Print the plan on standard output.  0 or an errno value. */
int	explain(const struct daemon_spec *, const struct resolved *);

/* Does the plan have this step, and which process does it? */
bool		 explain_has(enum step, const struct launch *);
const char	*explain_process(enum step);

/* The steps of what the daemon may use; empty for others (explain_allow.c). */
void	explain_allowance(enum step, const struct daemon_spec *, char *text,
	    size_t size);

/* Of confinement: the exceptions, what is denied (explain_confine.c). */
void	explain_allowed(const struct confinement *, struct text *);
void	explain_denied(const struct confinement *, struct text *);

/* Print what the running kernel can do of it. */
void	explain_kernel(bool json);

/* Print the plan as one JSON object (explain_json.c).  0 or ENOMEM. */
int	explain_json(const struct launch *);

#endif
