/* SPDX-License-Identifier: ISC
 *
 * The grammar of --listen:
 *
 *	[NAME=][udp:]PORT | *:PORT | IPV4:PORT | [IPV6]:PORT
 *	[NAME=]/PATH[,mode=MODE][,owner=USER[:GROUP]|:GROUP]
 *	[NAME=]@ABSTRACT
 */
#ifndef LISTEN_H
#define LISTEN_H

#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/types.h>

#define LISTEN_MAX	64	/* sockets of one daemon */
#define LISTEN_NAME	255	/* as sd_listen_fds_with_names(3) has it */
#define LISTEN_OWNER	255
#define LISTEN_PATH	107	/* what an address has room for */
#define LISTEN_MODE	0600	/* of a path, without another */

union address {
	struct sockaddr		any;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
	struct sockaddr_un	un;
};

struct listen {
	const char	*asked;		/* all of it, for messages */
	char		 name[LISTEN_NAME + 1];		/* "": none */
	int		 type;		/* SOCK_STREAM or SOCK_DGRAM */
	bool		 everywhere;	/* IPv4 too: the address is [::] */
	union address	 address;
	socklen_t	 length;	/* of it */
	mode_t		 mode;		/* of a path, as all below */
	char		 user[LISTEN_OWNER + 1];	/* "": the daemon's */
	char		 group[LISTEN_OWNER + 1];
};

/*
 * Text to value, without side effects: NULL, or what is wrong with it; then
 * the value is left alone.  `asked` is borrowed.
 */
const char	*listen_parse(const char *asked, struct listen *);

/* Is it a name in the file system? */
bool		 listen_is_path(const struct listen *);

/* Would the two be in each other's way? */
bool		 listen_is_same(const struct listen *, const struct listen *);

#endif
