/* SPDX-License-Identifier: ISC
 *
 * Listening UNIX sockets: sock_diag(7).
 */
#ifndef UNIXDIAG_H
#define UNIXDIAG_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct unixdiag {
	unsigned long long inode;
	const char	*name;	/* as it was bound, in the way of
				   /proc/net/unix: with @ for the NULs of an
				   abstract one */
	bool		 has_file;	/* which is known: */
	uint32_t	 file;		/* the lower half of its inode */
	dev_t		 device;	/* of its file system */
};

/*
 * Tell of each one in our network namespace.  Unlike a line of /proc/net/unix,
 * where a name may have a newline, nobody can make one up.
 * 0, or an errno value if the kernel does not tell of all of them.
 */
int	unixdiag_listeners(void (*)(const struct unixdiag *, void *),
	    void *);

#endif
