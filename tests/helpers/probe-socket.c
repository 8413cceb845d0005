/* SPDX-License-Identifier: ISC
 *
 * What the probe reports of a descriptor that is a socket.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>

#include "probe.h"

union address {
	struct sockaddr		any;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
	struct sockaddr_un	un;
};

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, level, name, &value, &size) == 0 ? value : -1;
}

/* By the length: an abstract name can have any byte, and begins with NUL. */
static void
put_unix(FILE *out, const union address *a, socklen_t size)
{
	size_t n = size - offsetof(struct sockaddr_un, sun_path);

	if (n > 0 && a->un.sun_path[0] == '\0')
		fprintf(out, "@%.*s", (int)n - 1, a->un.sun_path + 1);
	else
		fprintf(out, "%.*s", (int)n, a->un.sun_path);
}

void
report_socket(FILE *out, int fd)
{
	int type = option(fd, SOL_SOCKET, SO_TYPE);
	char text[INET6_ADDRSTRLEN] = "?";
	union address a = { .any.sa_family = AF_UNSPEC };
	socklen_t size = sizeof(a);

	if (type == -1 || getsockname(fd, &a.any, &size) == -1)
		return;
	fprintf(out, "socket.%d=%s listening=%d reuse=%d ", fd,
	    type == SOCK_STREAM ? "stream" : type == SOCK_DGRAM ? "dgram" :
	    "other", option(fd, SOL_SOCKET, SO_ACCEPTCONN),
	    option(fd, SOL_SOCKET, SO_REUSEADDR));
	if (a.any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &a.in.sin_addr, text, sizeof(text));
		fprintf(out, "%s:%d", text, ntohs(a.in.sin_port));
	} else if (a.any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a.in6.sin6_addr, text, sizeof(text));
		fprintf(out, "[%s]:%d only=%d", text, ntohs(a.in6.sin6_port),
		    option(fd, IPPROTO_IPV6, IPV6_V6ONLY));
	} else if (a.any.sa_family == AF_UNIX) {
		put_unix(out, &a, size);
	}
	fputc('\n', out);
}
