/* SPDX-License-Identifier: ISC
 *
 * A datagram of sd_notify(3), from anybody among the daemon's descendants.
 */
#include "notify.h"
#include "parse.h"

#include "fuzz.h"

#define YEAR	31536000000LL	/* milliseconds */

/* The only spelling of a number from `least` to `greatest`. */
static bool
is_number(const char *text, unsigned long long least,
    unsigned long long greatest)
{
	unsigned long long n = strtoull(text, NULL, 10);
	char printed[32];

	snprintf(printed, sizeof printed, "%llu", n);
	return strcmp(printed, text) == 0 && n >= least && n <= greatest;
}

static bool
begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* Line by line, once more: false if one of them spoils it all. */
static bool
expect(char *text, struct notification *n)
{
	char *line, *rest = text;

	*n = (struct notification){ .error = -1, .extend = -1 };
	while ((line = strsep(&rest, "\n")) != NULL) {
		const char *value = strchr(line, '=');

		n->ready |= strcmp(line, "READY=1") == 0;
		n->stopping |= strcmp(line, "STOPPING=1") == 0;
		n->barrier |= strcmp(line, "BARRIER=1") == 0;
		n->has_status |= begins(line, "STATUS=");
		if (begins(line, "ERRNO=")) {
			if (!is_number(value + 1, 0, 4095))
				return false;
			n->error = atoi(value + 1);
		} else if (begins(line, "MAINPID=")) {
			if (!is_number(value + 1, 1, PID_GREATEST))
				return false;
			n->main = atoi(value + 1);
		} else if (begins(line, "EXTEND_TIMEOUT_USEC=")) {
			if (!is_number(value + 1, 0, UINT64_MAX))
				return false;
			n->extend = is_number(value + 1, 0, YEAR * 1000) ?
			    (atoll(value + 1) + 999) / 1000 : YEAR;
		}
	}
	return true;
}

static void
check_same(const struct notification *a, const struct notification *b)
{
	check(a->ready == b->ready && a->stopping == b->stopping &&
	    a->barrier == b->barrier && a->has_status == b->has_status);
	check(a->error == b->error && a->main == b->main &&
	    a->extend == b->extend);
}

static void
check_print(const struct notification *n)
{
	struct notification again;
	char text[1024], *p = text, *end = text + sizeof text;

	p += snprintf(p, (size_t)(end - p), "X=\n%s%s%s",
	    n->ready ? "READY=1\n" : "", n->stopping ? "STOPPING=1\n" : "",
	    n->barrier ? "BARRIER=1\n" : "");
	if (n->has_status)
		p += snprintf(p, (size_t)(end - p), "STATUS=%s\n", n->status);
	if (n->error != -1)
		p += snprintf(p, (size_t)(end - p), "ERRNO=%d\n", n->error);
	if (n->main != 0)
		p += snprintf(p, (size_t)(end - p), "MAINPID=%d\n",
		    (int)n->main);
	if (n->extend != -1)
		p += snprintf(p, (size_t)(end - p),
		    "EXTEND_TIMEOUT_USEC=%lld\n", (long long)n->extend * 1000);
	check(notify_parse(text, (size_t)(p - text), &again) == 0);
	check_same(n, &again);
	check(strcmp(n->status, again.status) == 0);
	for (const char *s = n->status; *s != '\0'; s++)
		check((unsigned char)*s >= ' ' && *s != 0x7f);
}

FUZZ_TARGET(notify)
{
	struct notification n, untouched, expected;
	/* Without an end: a datagram has none. */
	char *bare = calloc(size > 0 ? size : 1, 1);
	char *text = fuzz_text(data, size);
	size_t length = size - (size > 0 && data[size - 1] == '\0');
	bool taken;

	check(bare != NULL);
	if (size > 0)
		memcpy(bare, data, size);
	memset(&n, 0xa5, sizeof n);
	memcpy(&untouched, &n, sizeof n);
	taken = notify_parse(bare, size, &n) == 0;
	check(taken == (length > 0 && length <= NOTIFY_BYTES &&
	    strlen(text) == length && expect(text, &expected)));
	if (taken) {
		check_same(&n, &expected);
		check_print(&n);
	} else
		check(memcmp(&n, &untouched, sizeof n) == 0);
	free(bare);
	free(text);
}
