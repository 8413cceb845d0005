/* SPDX-License-Identifier: ISC
 *
 * Lines of /proc/net: the input as one, whatever it is; and lines as the kernel
 * prints them, of a socket that the input describes.
 */
#include <sys/socket.h>

#include "netproc.h"

#include "fuzz.h"

static void
check_unix(const char *name, unsigned int flags, unsigned long long number)
{
	unsigned long long inode = 0;
	const char *path = NULL;
	char line[256];

	/* unix_seq_show() of Linux; what is not bound has no name. */
	snprintf(line, sizeof line, "%016llx: %08X %08X %08X %04X %02X %5llu"
	    "%s%.107s", 0xffff8880ULL, 2u, 0u, flags, 1u, 1u, number,
	    name[0] != '\0' ? " " : "", name);
	check(netproc_unix_listens(line, &path, &inode) ==
	    ((flags & 0x10000) != 0));
	check(inode == number);
	check(strncmp(path, name, 107) == 0 && strlen(path) <= 107);
}

struct socket {
	unsigned char	v6, state, wanted, port[2];
	unsigned char	bound[16], address[16];
};

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

/* Does whoever connects there come to this socket? */
static bool
expect(const struct socket *s, const struct listen_address *wanted,
    unsigned int port)
{
	static const unsigned char zero[16];
	bool six = wanted->family == AF_INET6, bound_six = s->v6 & 1;
	const unsigned char *to = wanted->address, *at = s->bound;

	if (s->state != 10 || port != wanted->port)
		return false;
	if (wanted->family == AF_UNSPEC)
		return true;
	if (six && memcmp(to, mapped, 12) == 0) {
		to += 12;
		six = false;
	}
	if (bound_six && memcmp(at, mapped, 12) == 0) {
		at += 12;
		bound_six = false;
	}
	if (six || bound_six)
		return six && bound_six && (memcmp(at, zero, 16) == 0 ||
		    memcmp(at, to, 16) == 0);
	return memcmp(at, zero, 4) == 0 || memcmp(at, to, 4) == 0;
}

static size_t
print_words(const unsigned char *address, size_t n, char *text)
{
	for (size_t i = 0; i < n; i += 4) {
		uint32_t word;

		memcpy(&word, address + i, 4);
		snprintf(text + 2 * i, 9, "%08X", word);
	}
	return 2 * n;
}

static void
check_tcp(const struct socket *s)
{
	static const int families[] = { AF_UNSPEC, AF_INET, AF_INET6 };
	unsigned int port = s->port[0] * 256u + s->port[1];
	struct listen_address wanted = { .family = families[s->wanted % 3],
	    .port = (uint16_t)(s->wanted & 0x80 ? port : port ^ 1) };
	char local[40], line[256];
	unsigned long long inode = 0;

	memcpy(wanted.address, s->address, 16);
	print_words(s->bound, s->v6 & 1 ? 16 : 4, local);
	/* get_tcp4_sock() and get_tcp6_sock() of Linux. */
	snprintf(line, sizeof line, "%4d: %s:%04X %s:%04X %02X %08X:%08X "
	    "%02X:%08lX %08X %5u %8d %llu %d %d", 3, local, port, local, 0u,
	    (unsigned int)s->state, 0u, 0u, 0u, 0ul, 0u, 33u, 0,
	    18446744073709551615ULL, 1, 0);
	check(netproc_tcp_listens(line, &wanted, &inode) ==
	    expect(s, &wanted, port));
	check(inode == 18446744073709551615ULL);
}

FUZZ_TARGET(netproc)
{
	struct listen_address wanted = { .family = AF_UNSPEC, .port = 80 };
	char *text = fuzz_text(data, size);
	unsigned long long inode;
	struct socket s;
	const char *path;

	(void)netproc_tcp_listens(text, &wanted, &inode);
	if (netproc_unix_listens(text, &path, &inode))
		check(path > text && path <= text + size);
	if (size > 0)
		check_unix(text + 1, data[0] & 1 ? 0x10000 : 0, size * 99);
	memset(&s, 0, sizeof s);
	memcpy(&s, data, size < sizeof s ? size : sizeof s);
	check_tcp(&s);
	/* Two equal addresses are rare otherwise. */
	memcpy(s.address, s.bound, sizeof s.bound);
	check_tcp(&s);
	memmove(s.address, s.bound + 12, 4);
	check_tcp(&s);
	/* So are those that are mapped, and wildcards among them. */
	memcpy(s.bound, mapped, sizeof mapped);
	memcpy(s.address, s.bound, sizeof s.bound);
	check_tcp(&s);
	memset(s.bound + 12, 0, 4);
	check_tcp(&s);
	memmove(s.address, s.address + 12, 4);
	check_tcp(&s);
	free(text);
}
