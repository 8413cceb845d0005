/* SPDX-License-Identifier: ISC
 *
 * Listening UNIX sockets: sock_diag(7).
 */
#ifndef UNIXDIAG_H
#define UNIXDIAG_H

/*
 * Tell of each one in our network namespace: its name as it was bound, in the
 * way of /proc/net/unix, with @ for the NULs of an abstract one; and its inode.
 * Unlike a line there, where a name may have a newline, nobody can make one up.
 * 0, or an errno value if the kernel does not tell of all of them.
 */
int	unixdiag_listeners(void (*)(const char *name, unsigned long long inode,
	    void *), void *);

#endif
