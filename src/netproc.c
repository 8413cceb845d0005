/* SPDX-License-Identifier: ISC
 *
 * Reading /proc/net/tcp, tcp6 and unix.
 */
#include <sys/socket.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "netproc.h"

#define TCP_LISTEN	0x0a
#define ACCEPTS		0x10000u	/* __SO_ACCEPTCON */

/* 8 hexadecimal digits a word, each word in the order of this machine. */
static bool
read_address(const char *text, size_t words, unsigned char *address)
{
	for (size_t i = 0; i < words; i++) {
		uint32_t word;

		if (sscanf(text + 8 * i, "%8" SCNx32, &word) != 1)
			return false;
		memcpy(address + 4 * i, &word, sizeof word);
	}
	return true;
}

static bool
is_wildcard(const unsigned char *address, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (address[i] != 0)
			return false;
	return true;
}

/* ::ffff:a.b.c.d is a.b.c.d: who connects to the one comes to the other. */
static const unsigned char *
strip_mapped(const unsigned char *address, size_t *length)
{
	static const unsigned char prefix[12] = { [10] = 0xff, [11] = 0xff };

	if (*length != 16 || memcmp(address, prefix, sizeof prefix) != 0)
		return address;
	*length -= sizeof prefix;
	return address + sizeof prefix;
}

static bool
takes_address(const unsigned char *bound, size_t length,
    const struct listen_address *wanted)
{
	const unsigned char *address = wanted->address;
	size_t n = wanted->family == AF_INET ? 4 : 16;

	if (wanted->family == AF_UNSPEC)
		return true;
	bound = strip_mapped(bound, &length);
	address = strip_mapped(address, &n);
	return n == length && (is_wildcard(bound, length) ||
	    memcmp(bound, address, length) == 0);
}

bool
netproc_tcp_listens(const char *line, const struct listen_address *wanted,
    unsigned long long *inode)
{
	unsigned char bound[16];
	unsigned int port, state;
	char local[33];
	size_t length;

	if (sscanf(line, " %*u: %32[0-9A-F]:%x %*[0-9A-F]:%*x %x "
	    "%*x:%*x %*x:%*x %*x %*u %*d %llu", local, &port, &state,
	    inode) != 4)
		return false;
	length = strlen(local) / 2;
	return state == TCP_LISTEN && port == wanted->port &&
	    (length == 4 || length == 16) &&
	    read_address(local, length / 4, bound) &&
	    takes_address(bound, length, wanted);
}

bool
netproc_unix_listens(const char *line, const char **path,
    unsigned long long *inode)
{
	unsigned int flags;
	int n = 0;

	if (sscanf(line, "%*[0-9a-f]: %*x %*x %x %*x %*x %llu%n", &flags,
	    inode, &n) != 2)
		return false;
	/* One blank: others are the path's own. */
	*path = line + n + (line[n] == ' ');
	return (flags & ACCEPTS) != 0;
}
