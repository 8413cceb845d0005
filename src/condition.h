/* SPDX-License-Identifier: ISC
 *
 * What counts as started, as --ready names it.
 */
#ifndef CONDITION_H
#define CONDITION_H

#include <netinet/in.h>

#include <stdint.h>

enum condition_kind {
#define CONDITION(name, argument) CONDITION_##name,
#include "conditions.def"
	CONDITION_COUNT
};

/* Where a listening socket is awaited. */
struct listen_address {
	int		 family;	/* AF_UNSPEC: any IP address */
	unsigned char	 address[16];	/* in network order, as far as needed */
	uint16_t	 port;
	const char	*path;		/* AF_UNIX; @NAME is abstract */
};

struct condition {
	enum condition_kind	 kind;
	const char		*text;		/* as it was asked for */
	const char		*value;		/* behind the colon, "" */
	int64_t			 milliseconds;	/* alive */
	int			 fd;		/* fd */
	struct listen_address	 address;	/* listen */
};

/*
 * Parse NAME[:ARGUMENT].  Strings are borrowed.  0, EINVAL with *why in words,
 * or ENOMEM.
 */
int	parse_condition(const char *, struct condition *, const char **why);

/* PORT, ADDR:PORT, [V6]:PORT, /PATH or @NAME.  0 or EINVAL. */
int	parse_listen_address(const char *, struct listen_address *);

#endif
