/* SPDX-License-Identifier: ISC
 *
 * The plan of a start in words: what each step will use.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stddef.h>

#include "report.h"
#include "resolve.h"
#include "spec.h"

/* What a step uses: ids, paths, numbers; "" where its name says it all. */
void	explain_step(enum step, const struct daemon_spec *,
	    const struct resolved *, char *text, size_t size);

/* Print the plan on standard output.  0 or an errno value. */
int	explain(const struct daemon_spec *, const struct resolved *);

#endif
