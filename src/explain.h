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

/* What a step uses: ids, paths, numbers; "" where its name says it all. */
void	explain_step(enum step, const struct launch *, char *text, size_t size);

/* Print the plan on standard output.  0 or an errno value. */
int	explain(const struct daemon_spec *, const struct resolved *);

/* Does the plan have this step, and which process does it? */
bool		 explain_has(enum step, const struct launch *);
const char	*explain_process(enum step);

/* The steps of what the daemon may use; empty for others (explain_allow.c). */
void	explain_allowance(enum step, const struct daemon_spec *, char *text,
	    size_t size);

/* Of confinement: the exceptions, what is denied (explain_confine.c). */
void	explain_allowed(const struct confinement *, char *text, size_t size);
void	explain_denied(const struct confinement *, char *text, size_t size);

/* Print what the running kernel can do of it. */
void	explain_kernel(bool json);

/* Print the plan as one JSON object (explain_json.c). */
void	explain_json(const struct launch *);

#endif
