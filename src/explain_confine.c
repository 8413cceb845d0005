/* SPDX-License-Identifier: ISC
 *
 * Confinement in the plan: what the steps use, and what the kernel can do.
 */
#include <stdio.h>

#include "explain.h"
#include "filter.h"
#include "landlock.h"

static const char *
separator(const struct text *t)
{
	return t->length > 0 ? ", " : "";
}

void
explain_allowed(const struct confinement *c, struct text *t)
{
	for (size_t i = 0; i < c->grants; i++)
		text_add(t, "%s%s (%s)", separator(t),
		    c->grant[i].path, (c->grant[i].what & ALLOW_WRITE) != 0 ?
		    "read, write" : "read, execute");
	for (size_t i = 0; i < c->binds; i++)
		text_add(t, "%sTCP port %u (bind)", separator(t),
		    (unsigned int)c->bind[i]);
	for (size_t i = 0; i < c->connects; i++)
		text_add(t, "%sTCP port %u (connect)", separator(t),
		    (unsigned int)c->connect[i]);
	if (t->length == 0)
		text_add(t, "no network");
}

void
explain_denied(const struct confinement *c, struct text *t)
{
	text_add(t, "%s%s%s", c->files ? "files" : "",
	    c->files && c->ports ? ", " : "", c->ports ? "network" : "");
}

void
explain_kernel(bool json)
{
	int version, error = landlock_version(&version);
	bool files = version >= LANDLOCK_FILES;
	bool network = version >= LANDLOCK_PORTS && filter_known() == 0;

	if (json)
		printf("{\"abi\":%d,\"files\":%s,\"network\":%s}", version,
		    files ? "true" : "false", network ? "true" : "false");
	else if (error != 0)
		printf("Landlock: %s\n", error_text(error));
	else
		printf("Landlock ABI %d: %s\n", version,
		    network ? "--ro, --rw, --no-net, "
		    "--bind-port, --connect-port" :
		    files ? "--ro, --rw" :
		    "too old for --ro, --rw, --no-net, --bind-port, "
		    "--connect-port");
}
