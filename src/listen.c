/* SPDX-License-Identifier: ISC
 *
 * The grammar of --listen.  Strict, and numbers only: what a name means can
 * change, and looking it up can hang.
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "listen.h"
#include "parse.h"

static const char not_an_address[] = "it is a PORT of 1 to 65535, *:PORT, "
    "IPV4:PORT or [IPV6]:PORT in numbers, /PATH or @NAME";

static bool
has_control(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return true;
	return false;
}

/* NAME= before the address, which itself begins with no name's character. */
static const char *
take_name(const char **text, struct listen *l)
{
	size_t n = strcspn(*text, "=,");

	if ((*text)[0] == '/' || (*text)[0] == '@' || (*text)[n] != '=')
		return NULL;
	if (n == 0 || n > LISTEN_NAME)
		return "its name has 1 to 255 characters";
	for (size_t i = 0; i < n; i++)
		if ((*text)[i] < ' ' || (*text)[i] > '~' || (*text)[i] == ':')
			return "its name is printable ASCII without a colon";
	memcpy(l->name, *text, n);
	*text += n + 1;
	return NULL;
}

/* A path, or (after the @) an abstract name, whose first byte is NUL. */
static const char *
take_unix(const char *text, size_t n, struct listen *l)
{
	struct sockaddr_un *un = &l->address.un;
	bool abstract = text[0] == '@';

	if (n > LISTEN_PATH + (size_t)abstract)
		return "its path or name is longer than 107 bytes";
	if (abstract ? n == 1 : text[n - 1] == '/')
		return "it names nothing";
	if (has_control(text, n))
		return "its path or name has a control character";
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, text, n);
	if (abstract)
		un->sun_path[0] = '\0';
	/* A path's NUL counts; an abstract name is only as long as it is. */
	l->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n +
	    !abstract);
	return NULL;
}

static const char *
set_ipv4(const char *host, uint16_t port, struct listen *l)
{
	struct sockaddr_in *in = &l->address.in;

	in->sin_family = AF_INET;
	in->sin_port = htons((in_port_t)port);
	l->length = sizeof *in;
	return inet_pton(AF_INET, host, &in->sin_addr) == 1 ? NULL :
	    not_an_address;
}

static const char *
set_ipv6(const char *host, uint16_t port, struct listen *l)
{
	struct sockaddr_in6 *in6 = &l->address.in6;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons((in_port_t)port);
	l->length = sizeof *in6;
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) != 1)
		return not_an_address;
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return "an IPv4 address is written as one";
	if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
		return "a link-local address needs an interface, "
		    "which there is no way to give";
	return NULL;
}

static const char *
take_port(const char *text, size_t n, struct listen *l)
{
	char host[64], *colon, *port = host;
	uint16_t number;
	size_t length;

	if (n >= 4 && strncmp(text, "udp:", 4) == 0) {
		l->type = SOCK_DGRAM;
		text += 4;
		n -= 4;
	}
	if (n >= sizeof host)
		return not_an_address;
	memcpy(host, text, n);
	host[n] = '\0';
	colon = host[0] == '[' ? strstr(host, "]:") : strchr(host, ':');
	if (colon != NULL) {
		length = (size_t)(colon - host);
		port = colon + (host[0] == '[' ? 2 : 1);
		*colon = '\0';
	}
	if (parse_port(port, &number) != 0)
		return not_an_address;
	l->everywhere = colon == NULL || strcmp(host, "*") == 0;
	if (l->everywhere)
		return set_ipv6("::", number, l);
	return host[0] == '[' && length > 0 ? set_ipv6(host + 1, number, l) :
	    set_ipv4(host, number, l);
}

static const char *
take_mode(const char *text, size_t n, struct listen *l)
{
	char mode[8];

	if (n >= sizeof mode)
		return "its mode is octal, up to 0777";
	memcpy(mode, text, n);
	mode[n] = '\0';
	return parse_octal(mode, &l->mode) == 0 ? NULL :
	    "its mode is octal, up to 0777";
}

static const char *
take_owner(const char *text, size_t n, struct listen *l)
{
	const char *colon = memchr(text, ':', n);
	size_t user = colon != NULL ? (size_t)(colon - text) : n;
	size_t group = colon != NULL ? n - user - 1 : 0;

	if (user > LISTEN_OWNER || group > LISTEN_OWNER ||
	    has_control(text, n) || (colon == NULL ? user : group) == 0)
		return "its owner is USER, USER:GROUP or :GROUP";
	memcpy(l->user, text, user);
	if (colon != NULL)
		memcpy(l->group, colon + 1, group);
	return NULL;
}

/* What follows a path, each with a comma before it. */
static const char *
take_settings(const char *text, struct listen *l)
{
	bool mode = false, owner = false;
	const char *why = NULL;

	while (why == NULL && *text == ',') {
		size_t n = strcspn(++text, ",");
		bool is_mode = strncmp(text, "mode=", 5) == 0;
		bool is_owner = strncmp(text, "owner=", 6) == 0;

		if (!is_mode && !is_owner)
			why = "after a comma, it has mode= or owner=";
		else if (!listen_is_path(l))
			why = "only a path has a mode and an owner";
		else if (is_mode ? mode : owner)
			why = "it has one mode and one owner";
		else
			why = is_mode ? take_mode(text + 5, n - 5, l) :
			    take_owner(text + 6, n - 6, l);
		mode |= is_mode;
		owner |= is_owner;
		text += n;
	}
	return why;
}

const char *
listen_parse(const char *asked, struct listen *value)
{
	struct listen l = { .asked = asked, .type = SOCK_STREAM,
	    .mode = LISTEN_MODE };
	const char *text = asked, *why;
	size_t n;

	if ((why = take_name(&text, &l)) != NULL)
		return why;
	n = strcspn(text, ",");
	why = text[0] == '/' || text[0] == '@' ? take_unix(text, n, &l) :
	    take_port(text, n, &l);
	if (why == NULL)
		why = take_settings(text + n, &l);
	if (why == NULL)
		*value = l;
	return why;
}

bool
listen_is_path(const struct listen *l)
{
	return l->address.any.sa_family == AF_UNIX &&
	    l->address.un.sun_path[0] != '\0';
}

bool
listen_is_same(const struct listen *a, const struct listen *b)
{
	return a->type == b->type && a->length == b->length &&
	    memcmp(&a->address, &b->address, a->length) == 0;
}
