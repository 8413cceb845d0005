/* SPDX-License-Identifier: ISC
 *
 * Confinement in the plan: what the steps use, and what the kernel can do.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "filter.h"
#include "landlock.h"

/* What does not fit is left out. */
static void __attribute__((format(printf, 3, 4)))
append(char *text, size_t size, const char *format, ...)
{
	size_t n = strlen(text);
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text + n, size - n, format, ap);
	va_end(ap);
}

static const char *
separator(const char *text)
{
	return text[0] != '\0' ? ", " : "";
}

void
explain_allowed(const struct confinement *c, char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < c->grants; i++)
		append(text, size, "%s%s (%s)", separator(text),
		    c->grant[i].path, (c->grant[i].what & ALLOW_WRITE) != 0 ?
		    "read, write" : "read, execute");
	for (size_t i = 0; i < c->binds; i++)
		append(text, size, "%sTCP port %u (bind)", separator(text),
		    (unsigned int)c->bind[i]);
	for (size_t i = 0; i < c->connects; i++)
		append(text, size, "%sTCP port %u (connect)", separator(text),
		    (unsigned int)c->connect[i]);
	if (text[0] == '\0')
		append(text, size, "no network");
}

void
explain_denied(const struct confinement *c, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", c->files ? "files" : "",
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
