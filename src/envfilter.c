/* SPDX-License-Identifier: ISC
 *
 * Which of the caller's variables pass, the rows of environ.def; and which
 * are ours to set.
 */
#include <stdlib.h>
#include <string.h>

#include "environ.h"

static const struct drop_row rows[] = {
#define DROP(pattern, class, reason) \
	{ pattern, DROP_##class, reason, ALWAYS },
#define DROP_DETACHED(pattern, class, reason) \
	{ pattern, DROP_##class, reason, WHEN_DETACHED },
#define DROP_USER(pattern, class, reason) \
	{ pattern, DROP_##class, reason, WHEN_USER },
#include "environ.def"
};

static const char *const kept_when_clear[] = { "PATH", "LANG", "LC_*", "TZ",
    "HOME", "USER", "LOGNAME", "SHELL" };

size_t
environ_name_length(const char *variable)
{
	return strcspn(variable, "=");
}

/*
 * Does a pattern fit a variable whose name has this length?  Every variable is
 * held to every row.
 */
static bool
matches(const char *pattern, const char *variable, size_t length)
{
	size_t n;

	if (pattern[0] != variable[0])
		return false;
	n = strlen(pattern);
	if (pattern[n - 1] == '*')
		return length >= n - 1 && memcmp(pattern, variable, n - 1) == 0;
	return length == n && memcmp(pattern, variable, n) == 0;
}

static bool
row_applies(const struct drop_row *row, const struct daemon_spec *spec)
{
	switch (row->when) {
	case WHEN_DETACHED:
		return !spec->foreground;
	case WHEN_USER:
		return spec->user != NULL;
	default:
		return true;
	}
}

const struct drop_row *
environ_row(const struct daemon_spec *spec, const char *variable,
    size_t length)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (matches(rows[i].pattern, variable, length) &&
		    row_applies(&rows[i], spec))
			return &rows[i];
	return NULL;
}

bool
environ_is_asked_for(const struct daemon_spec *spec, const char *variable,
    size_t length)
{
	for (size_t i = 0; i < spec->env.count; i++)
		if (environ_name_length(spec->env.word[i]) == length &&
		    strncmp(spec->env.word[i], variable, length) == 0)
			return true;
	return false;
}

int
environ_claim(const struct daemon_spec *spec, const struct environment *env,
    const char *name, const char *option, struct fault *fault)
{
	const char *value = environ_get(env, name);

	if (environ_is_asked_for(spec, name, strlen(name)))
		return fault_usage(fault, "--env", "it contradicts %s: %s",
		    option, name);
	/* The very same string is the caller's. */
	if (value != NULL && value != getenv(name))
		return fault_usage(fault, "--env-file",
		    "it contradicts %s: %s", option, name);
	return 0;
}

bool
is_kept_when_clear(const char *variable, size_t length)
{
	for (size_t i = 0; i < sizeof kept_when_clear /
	    sizeof kept_when_clear[0]; i++)
		if (matches(kept_when_clear[i], variable, length))
			return true;
	return false;
}

bool
environ_passes(const struct daemon_spec *spec, const char *variable,
    size_t length, const struct drop_row *row, bool listening)
{
	switch (spec->env_base) {
	case ENV_KEEP:
		return true;
	case ENV_CLEAR:
		return is_kept_when_clear(variable, length);
	default:
		return row == NULL &&
		    (listening || !matches("LISTEN_*", variable,
		    length));
	}
}
