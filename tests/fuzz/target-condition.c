/* SPDX-License-Identifier: ISC
 *
 * A condition of --ready: it says what its text says, and no more.
 */
#include <regex.h>

#include "fuzz.h"

/*
 * Intervals, and what is repeated again and again, take glibc minutes and
 * gigabytes, which is not our matter.
 */
static int
our_regcomp(regex_t *regex, const char *text, int flags)
{
	unsigned int repeats = 0;

	for (const char *p = text; *p != '\0'; p++)
		repeats += strchr("*+?", *p) != NULL;
	if (strlen(text) > 64 || repeats > 4 || strchr(text, '{') != NULL)
		text = "a";
	return regcomp(regex, text, flags);
}

#define regcomp(regex, text, flags) our_regcomp(regex, text, flags)

#include "condition.c"

/* The address in the one spelling that we print, or as it is. */
static void
print_address(const struct listen_address *a, char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN];

	if (a->family == AF_UNIX) {
		snprintf(text, size, "%s", a->path);
		return;
	}
	if (a->family == AF_UNSPEC) {
		snprintf(text, size, "%u", (unsigned int)a->port);
		return;
	}
	check(inet_ntop(a->family, a->address, host, sizeof host) != NULL);
	snprintf(text, size, a->family == AF_INET ? "%s:%u" : "[%s]:%u", host,
	    (unsigned int)a->port);
}

static void
check_address(const struct listen_address *a)
{
	struct listen_address again;
	char text[256];

	print_address(a, text, sizeof text);
	memset(&again, 0xa5, sizeof again);
	check(parse_listen_address(text, &again) == 0);
	check(again.family == a->family && again.port == a->port);
	check(memcmp(again.address, a->address, sizeof a->address) == 0);
	if (a->family == AF_UNIX) {
		check(a->port == 0 && (a->path[0] == '/' ||
		    a->path[0] == '@') && strlen(a->path) < 108);
		check(strcmp(again.path, a->path) == 0);
	} else
		check(a->port > 0 && a->path == NULL);
}

static void
check_argument(const struct condition *c)
{
	char text[32];
	int64_t again;

	switch (c->kind) {
	case CONDITION_alive:
		check(c->milliseconds > 0 &&
		    c->milliseconds <= 31536000000LL);
		snprintf(text, sizeof text, "%lld.%03lld",
		    (long long)c->milliseconds / 1000,
		    (long long)c->milliseconds % 1000);
		check(parse_seconds(text, &again) == 0 &&
		    again == c->milliseconds);
		break;
	case CONDITION_fd:
		check(c->fd >= 3);
		snprintf(text, sizeof text, "%d", c->fd);
		check(strcmp(text, c->value) == 0);
		break;
	case CONDITION_listen:
		check_address(&c->address);
		break;
	default:
		break;
	}
	check((c->kind == CONDITION_fd) == (c->fd != -1));
}

/* NAME, or NAME:ARGUMENT, as conditions.def has it. */
static void
check_text(const struct condition *c)
{
	const char *name = rows[c->kind].name;
	size_t n = strlen(name);

	check(strncmp(c->text, name, n) == 0);
	if (rows[c->kind].argument[0] == '\0')
		check(c->text[n] == '\0' && c->value[0] == '\0');
	else
		check(c->text[n] == ':' && c->value == c->text + n + 1 &&
		    c->value[0] != '\0');
}

FUZZ_TARGET(condition)
{
	char *text = fuzz_text(data, size);
	struct condition c, untouched;
	const char *why = NULL;

	memset(&c, 0xa5, sizeof c);
	memcpy(&untouched, &c, sizeof c);
	if (parse_condition(text, &c, &why) == 0) {
		check(c.text == text && c.kind < CONDITION_COUNT);
		check_text(&c);
		check_argument(&c);
	} else {
		check(memcmp(&untouched, &c, sizeof c) == 0);
		check(why != NULL && why[0] != '\0');
	}
	free(text);
}
