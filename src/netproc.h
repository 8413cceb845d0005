/* SPDX-License-Identifier: ISC
 *
 * The lines of /proc/net/tcp, tcp6 and unix: proc_net(5).
 */
#ifndef NETPROC_H
#define NETPROC_H

#include <stdbool.h>

#include "condition.h"

/*
 * Is this line a listening socket that takes connections to the address?  A
 * wildcard counts for addresses of its family, any address for a port alone,
 * and an IPv4 address that is mapped into IPv6 for what it is.
 */
bool	netproc_tcp_listens(const char *line, const struct listen_address *,
	    unsigned long long *inode);

/* A listening UNIX socket, with its path as it was bound. */
bool	netproc_unix_listens(const char *line, const char **path,
	    unsigned long long *inode);

#endif
