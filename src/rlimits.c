/* SPDX-License-Identifier: ISC
 *
 * Resource limits as text and as values.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"
#include "rlimits.h"

enum unit { NUMBER, BYTES };

static const struct {
	const char	*name;
	int		 resource;
	enum unit	 unit;
} table[LIMIT_COUNT] = {
#define LIMIT(name, resource, unit) { #name, RLIMIT_##resource, unit },
#include "rlimits.def"
};

/* The greatest number stands for no limit. */
static const rlim_t greatest = RLIM_INFINITY - 1;

/* How many bits a suffix shifts: 0 for none, -1 for one that there is not. */
static int
suffix_shift(char c)
{
	static const char suffixes[] = "KMGT";
	const char *at = c != '\0' ? strchr(suffixes, c) : NULL;

	if (c >= '0' && c <= '9')
		return 0;
	return at == NULL ? -1 : 10 * (int)(at - suffixes + 1);
}

static int
parse_value(const char *text, size_t length, enum unit unit, rlim_t *value)
{
	static const char none[] = "unlimited";
	unsigned long long n;
	int shift = 0;

	if (length == strlen(none) && memcmp(text, none, length) == 0) {
		*value = RLIM_INFINITY;
		return 0;
	}
	if (unit == BYTES && length > 0) {
		if ((shift = suffix_shift(text[length - 1])) == -1)
			return EINVAL;
		length -= shift > 0;
	}
	if (parse_decimal(text, length, greatest >> shift, &n) != 0)
		return EINVAL;
	*value = (rlim_t)n << shift;
	return 0;
}

/* RLIM_INFINITY need not be the greatest number of its type. */
static bool
is_above(rlim_t a, rlim_t b)
{
	return b != RLIM_INFINITY && (a == RLIM_INFINITY || a > b);
}

static int
find_limit(const char *text, size_t length)
{
	for (int i = 0; i < LIMIT_COUNT; i++)
		if (strlen(table[i].name) == length &&
		    memcmp(table[i].name, text, length) == 0)
			return i;
	return -1;
}

int
limits_parse(const char *text, struct limits *limits)
{
	const char *soft = strchr(text, '='), *hard;
	struct rlimit value;
	int i;

	if (soft == NULL)
		return EINVAL;
	if ((i = find_limit(text, (size_t)(soft - text))) == -1)
		return ENOENT;
	soft++;
	hard = strchr(soft, ':');
	if (parse_value(soft, strcspn(soft, ":"), table[i].unit,
	    &value.rlim_cur) != 0)
		return EINVAL;
	value.rlim_max = value.rlim_cur;
	if (hard != NULL && parse_value(hard + 1, strlen(hard + 1),
	    table[i].unit, &value.rlim_max) != 0)
		return EINVAL;
	if (is_above(value.rlim_cur, value.rlim_max))
		return ERANGE;
	limits->any = limits->asked[i] = true;
	limits->value[i] = value;
	return 0;
}

int
limit_resource(enum limit limit)
{
	return table[limit].resource;
}

static void
format_value(rlim_t value, char *text, size_t size)
{
	if (value == RLIM_INFINITY)
		snprintf(text, size, "unlimited");
	else
		snprintf(text, size, "%llu", (unsigned long long)value);
}

void
limit_format(const struct limits *limits, enum limit limit, char *text,
    size_t size)
{
	char soft[32], hard[32];

	format_value(limits->value[limit].rlim_cur, soft, sizeof soft);
	format_value(limits->value[limit].rlim_max, hard, sizeof hard);
	snprintf(text, size, "%s=%s:%s", table[limit].name, soft, hard);
}

void
limits_format(const struct limits *limits, char *text, size_t size)
{
	const char *space = "";
	size_t n = 0;

	for (int i = 0; i < LIMIT_COUNT && n < size; i++) {
		char one[96];

		if (!limits->asked[i])
			continue;
		limit_format(limits, (enum limit)i, one, sizeof one);
		n += (size_t)snprintf(text + n, size - n, "%s%s", space, one);
		space = " ";
	}
}

void
limits_names(char *text, size_t size)
{
	size_t n = 0;

	for (int i = 0; i < LIMIT_COUNT && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%s",
		    i > 0 ? ", " : "", table[i].name);
}
