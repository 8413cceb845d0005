/* SPDX-License-Identifier: ISC
 *
 * A place in a file that its writer may begin anew.
 */
#ifndef MARK_H
#define MARK_H

#include <stdbool.h>
#include <sys/types.h>

struct mark {
	off_t	at;
	ssize_t	length;		/* of what is known, as pread(2) says it */
	char	bytes[64];	/* before it */
};

/* Remember this place, and what is before it. */
void	mark_set(struct mark *, int fd, off_t at);

/* Is that still there?  If not, all that the file has was written since. */
bool	mark_holds(const struct mark *, int fd);

#endif
