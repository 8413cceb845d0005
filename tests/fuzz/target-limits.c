/* SPDX-License-Identifier: ISC
 *
 * --limit, an option a line: the value is that of a slower calculation, and
 * what is printed of all of them is read again.
 */
#include <errno.h>

#include "rlimits.h"

#include "fuzz.h"

static int
position(const char *names, const char *name, size_t length)
{
	int i = 0;

	for (; *names != '\0'; names += strspn(names, ", "), i++) {
		size_t n = strcspn(names, ",");

		if (n == length && strncmp(names, name, n) == 0)
			return i;
		names += n;
	}
	return -1;
}

/* Digits, and perhaps a suffix; false: it is no value. */
static bool
calculate(const char *text, size_t length, bool bytes, rlim_t *value)
{
	static const char suffixes[] = "KMGT";
	const char *first = text, *end = text + length, *suffix;
	bool over = false;

	*value = RLIM_INFINITY;
	if (length == 9 && strncmp(text, "unlimited", 9) == 0)
		return true;
	for (*value = 0; text < end && *text >= '0' && *text <= '9'; text++)
		over |= __builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, *text - '0', value);
	if (text == first || (*first == '0' && text > first + 1))
		return false;
	if (bytes && text + 1 == end &&
	    (suffix = strchr(suffixes, *text)) != NULL) {
		for (; suffix >= suffixes; suffix--)
			over |= __builtin_mul_overflow(*value, 1024, value);
		text++;
	}
	return text == end && !over && *value < RLIM_INFINITY;
}

static bool
is_in_bytes(int i)
{
	switch ((enum limit)i) {
	case LIMIT_as:
	case LIMIT_core:
	case LIMIT_data:
	case LIMIT_fsize:
	case LIMIT_memlock:
	case LIMIT_msgqueue:
	case LIMIT_rss:
	case LIMIT_stack:
		return true;
	default:
		return false;
	}
}

/* What limits_parse() has to answer, and the two values. */
static int
expect(const char *text, int *i, rlim_t value[2])
{
	const char *equals = strchr(text, '='), *soft, *hard;
	char names[256];

	if (equals == NULL)
		return EINVAL;
	limits_names(names, sizeof names);
	*i = position(names, text, (size_t)(equals - text));
	if (*i == -1)
		return ENOENT;
	soft = equals + 1;
	hard = strchr(soft, ':');
	if (!calculate(soft, strcspn(soft, ":"), is_in_bytes(*i), &value[0]))
		return EINVAL;
	value[1] = value[0];
	if (hard != NULL && !calculate(hard + 1, strlen(hard + 1),
	    is_in_bytes(*i), &value[1]))
		return EINVAL;
	return value[0] > value[1] ? ERANGE : 0;
}

static void
take(const char *text, struct limits *all)
{
	struct limits before = *all;
	rlim_t value[2] = { 0, 0 };
	int i = -1, error = expect(text, &i, value);

	check(limits_parse(text, all) == error);
	if (error == 0) {
		check(all->any && all->asked[i]);
		check(all->value[i].rlim_cur == value[0] &&
		    all->value[i].rlim_max == value[1]);
		/* And nothing else: put it back, and they are the same. */
		before.any = true;
		before.asked[i] = true;
		before.value[i] = all->value[i];
	}
	check(memcmp(&before, all, sizeof before) == 0);
}

static void
check_print(const struct limits *all)
{
	struct limits again;
	char text[2048], small[16], *rest = text, *one;

	memset(&again, 0, sizeof again);
	limits_format(all, text, sizeof text);
	check(strlen(text) < sizeof text - 1);
	limits_format(all, small, sizeof small);
	check(strlen(small) < sizeof small &&
	    strncmp(small, text, strlen(small)) == 0);
	while ((one = strsep(&rest, " ")) != NULL)
		check(limits_parse(one, &again) == 0);
	check(memcmp(&again, all, sizeof again) == 0);
}

FUZZ_TARGET(limits)
{
	char *text = fuzz_text(data, size), *rest = text, *one;
	struct limits all;

	memset(&all, 0, sizeof all);
	while ((one = strsep(&rest, "\n")) != NULL)
		take(one, &all);
	if (all.any)
		check_print(&all);
	free(text);
}
