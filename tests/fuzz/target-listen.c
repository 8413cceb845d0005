/* SPDX-License-Identifier: ISC
 *
 * A socket of --listen: what is read is read again from its print.
 */
#include <arpa/inet.h>

#include <stddef.h>

#include "listen.h"

#include "fuzz.h"

static const size_t before_path = offsetof(struct sockaddr_un, sun_path);

static void
print_unix(FILE *out, const struct listen *l)
{
	const char *path = l->address.un.sun_path;

	if (!listen_is_path(l)) {
		fprintf(out, "@%.*s", (int)(l->length - before_path) - 1,
		    path + 1);
		return;
	}
	fprintf(out, "%s,mode=%o", path, (unsigned int)l->mode);
	if (l->user[0] != '\0' || l->group[0] != '\0')
		fprintf(out, ",owner=%s%s%s", l->user,
		    l->group[0] != '\0' ? ":" : "", l->group);
}

static void
print_port(FILE *out, const struct listen *l)
{
	const union address *a = &l->address;
	bool v4 = a->any.sa_family == AF_INET;
	const void *address = v4 ? (const void *)&a->in.sin_addr :
	    (const void *)&a->in6.sin6_addr;
	char host[INET6_ADDRSTRLEN];

	check(inet_ntop(a->any.sa_family, address, host, sizeof host) != NULL);
	if (l->type == SOCK_DGRAM)
		fprintf(out, "udp:");
	if (l->everywhere)
		fprintf(out, "*");
	else
		fprintf(out, v4 ? "%s" : "[%s]", host);
	fprintf(out, ":%u", (unsigned int)ntohs(v4 ? a->in.sin_port :
	    a->in6.sin6_port));
}

static void
check_print(const struct listen *l)
{
	struct listen again;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	check(out != NULL);
	if (l->name[0] != '\0')
		fprintf(out, "%s=", l->name);
	if (l->address.any.sa_family == AF_UNIX)
		print_unix(out, l);
	else
		print_port(out, l);
	fclose(out);
	memset(&again, 0xa5, sizeof again);
	check(listen_parse(text, &again) == NULL && again.asked == text);
	again.asked = l->asked;
	check(listen_is_same(l, &again));
	check(strcmp(l->name, again.name) == 0 &&
	    strcmp(l->user, again.user) == 0 &&
	    strcmp(l->group, again.group) == 0);
	check(l->mode == again.mode && l->everywhere == again.everywhere);
	free(text);
}

/* Nothing that LISTEN_FDNAMES, a line of a message or bind(2) would misread. */
static void
check_bounds(const struct listen *l)
{
	const struct sockaddr_un *un = &l->address.un;

	for (const char *p = l->name; *p != '\0'; p++)
		check(*p >= ' ' && *p <= '~' && *p != ':');
	check(l->mode <= 0777);
	check(l->type == SOCK_STREAM || l->type == SOCK_DGRAM);
	if (!listen_is_path(l))
		check(l->mode == LISTEN_MODE && l->user[0] == '\0' &&
		    l->group[0] == '\0');
	if (l->address.any.sa_family != AF_UNIX) {
		check(l->address.any.sa_family == AF_INET ?
		    l->length == sizeof l->address.in :
		    l->length == sizeof l->address.in6);
		return;
	}
	check(l->type == SOCK_STREAM && !l->everywhere);
	check(l->length <= sizeof *un && l->length > before_path + 1);
	for (size_t i = 1; i < l->length - before_path - 1; i++)
		check((unsigned char)un->sun_path[i] >= ' ' &&
		    un->sun_path[i] != 0x7f);
	if (listen_is_path(l))
		check(strlen(un->sun_path) + 1 == l->length - before_path);
}

FUZZ_TARGET(listen)
{
	char *text = fuzz_text(data, size);
	struct listen l, untouched;
	const char *why;

	memset(&l, 0xa5, sizeof l);
	memcpy(&untouched, &l, sizeof l);
	why = listen_parse(text, &l);
	if (why == NULL) {
		check(l.asked == text && listen_is_same(&l, &l));
		check_bounds(&l);
		check_print(&l);
	} else {
		check(why[0] != '\0');
		check(memcmp(&untouched, &l, sizeof l) == 0);
	}
	free(text);
}
