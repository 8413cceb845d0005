/* SPDX-License-Identifier: ISC
 *
 * Parsing of --ready's conditions.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>

#include <errno.h>
#include <regex.h>
#include <string.h>

#include "condition.h"
#include "parse.h"
#include "spec.h"

static const struct row {
	const char	*name;
	const char	*argument;
} rows[] = {
#define CONDITION(name, argument) { #name, argument },
#include "conditions.def"
};

/* ADDR or [V6], of a given length. */
static int
parse_ip(const char *text, size_t length, struct listen_address *a)
{
	char address[INET6_ADDRSTRLEN + 1];

	a->family = AF_INET;
	if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
		a->family = AF_INET6;
		text++;
		length -= 2;
	}
	if (length >= sizeof address)
		return EINVAL;
	memcpy(address, text, length);
	address[length] = '\0';
	return inet_pton(a->family, address, a->address) == 1 ? 0 : EINVAL;
}

int
parse_listen_address(const char *text, struct listen_address *address)
{
	struct listen_address a = { .family = AF_UNSPEC };
	const char *colon = strrchr(text, ':');

	if (text[0] == '/' || text[0] == '@') {
		/* A name's @ is the byte before it, no path's. */
		if (text[1] == '\0' || strlen(text) - (text[0] == '@') >=
		    sizeof ((struct sockaddr_un *)0)->sun_path)
			return EINVAL;
		a.family = AF_UNIX;
		a.path = text;
	} else if (parse_port(colon != NULL ? colon + 1 : text, &a.port) != 0 ||
	    (colon != NULL && parse_ip(text, (size_t)(colon - text), &a) != 0))
		return EINVAL;
	*address = a;
	return 0;
}

/* From the [ of a bracket expression to its ], or to the end of the text. */
static const char *
skip_bracket(const char *p)
{
	p++;
	p += *p == '^';
	p += *p == ']';
	for (; *p != '\0' && *p != ']'; p++)
		/* [:class:], [=a=] and [.].] */
		if (*p == '[' && p[1] != '\0' && strchr(":=.", p[1]) != NULL) {
			const char end[] = { p[1], ']', '\0' };

			p = strstr(p + 2, end);
			if (p == NULL)
				return "";
			p++;
		}
	return p;
}

/*
 * Extended regular expressions have none, but glibc does, and one line of the
 * daemon's could be matched for ever then.
 */
static bool
has_back_reference(const char *p)
{
	for (; *p != '\0'; p += *p != '\0')
		if (*p == '[')
			p = skip_bracket(p);
		else if (*p == '\\' && *++p >= '1' && *p <= '9')
			return true;
	return false;
}

static int
check_regex(const char *text)
{
	regex_t regex;
	int error = regcomp(&regex, text, REG_EXTENDED | REG_NOSUB);

	if (error == REG_ESPACE)
		return ENOMEM;
	if (error != 0)
		return EINVAL;
	regfree(&regex);
	return 0;
}

static int
parse_argument(struct condition *c, const char **why)
{
	int error;

	switch (c->kind) {
	case CONDITION_alive:
		*why = "alive:SECONDS takes a number above 0, a year at "
		    "most";
		return parse_seconds(c->value, &c->milliseconds);
	case CONDITION_fd:
		*why = "fd:N takes the number of a descriptor from 3 on";
		return parse_fd(c->value, &c->fd) != 0 || c->fd < 3 ?
		    EINVAL : 0;
	case CONDITION_listen:
		*why = "listen: takes PORT, ADDR:PORT, [V6]:PORT, /PATH or "
		    "@NAME";
		return parse_listen_address(c->value, &c->address);
	case CONDITION_log:
		*why = "log:REGEX is no extended regular expression";
		if ((error = check_regex(c->value)) != 0)
			return error;
		*why = "log:REGEX has a back-reference";
		return has_back_reference(c->value) ? EINVAL : 0;
	default:
		return 0;
	}
}

/* Which row is it, and does it have an argument exactly if it needs one? */
static int
find_kind(const char *text, struct condition *c, const char **why)
{
	size_t n = strcspn(text, ":");

	for (int i = 0; i < CONDITION_COUNT; i++) {
		bool needs = rows[i].argument[0] != '\0';

		if (strlen(rows[i].name) != n ||
		    strncmp(rows[i].name, text, n) != 0)
			continue;
		c->kind = (enum condition_kind)i;
		c->value = text[n] == ':' ? text + n + 1 : text + n;
		*why = needs ? "this condition needs an argument" :
		    "this condition takes no argument";
		return needs == (c->value[0] != '\0') &&
		    (needs || text[n] == '\0') ? 0 : EINVAL;
	}
	*why = "no such condition; there are"
#define CONDITION(name, argument) " " #name argument
#include "conditions.def"
	    ;
	return EINVAL;
}

const struct condition *
spec_awaits(const struct daemon_spec *spec, enum condition_kind kind)
{
	for (size_t i = 0; i < spec->ready_count; i++)
		if (spec->ready[i].kind == kind)
			return &spec->ready[i];
	return NULL;
}

bool
spec_awaits_fd(const struct daemon_spec *spec, int fd)
{
	for (size_t i = 0; i < spec->ready_count; i++)
		if (spec->ready[i].kind == CONDITION_fd &&
		    spec->ready[i].fd == fd)
			return true;
	return false;
}

int
parse_condition(const char *text, struct condition *condition,
    const char **why)
{
	struct condition c = { .text = text, .fd = -1 };
	int error = find_kind(text, &c, why);

	if (error == 0)
		error = parse_argument(&c, why);
	if (error == 0)
		*condition = c;
	return error;
}
