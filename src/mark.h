/* SPDX-License-Identifier: ISC
 *
 * A place in a file that its writer may begin anew.
 */
#ifndef MARK_H
#define MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define MARK_BYTES	64
#define MARK_BUFFER	(MARK_BYTES + 16384)

struct mark {
	off_t	at;
	size_t	length;			/* of what is known to be before it */
	char	bytes[MARK_BYTES];
};

/* Remember this place, and what is before it, if that can be read. */
void	mark_set(struct mark *, int fd, off_t at);

/* Is that still there?  If not, all that the file has was written since. */
bool	mark_holds(const struct mark *, int fd);

/*
 * What was written behind it, of which it is then at the end.  A file that was
 * begun anew is read from its beginning.  The length, 0 at the end, or -1.
 */
ssize_t	mark_read(struct mark *, int fd, char buffer[MARK_BUFFER],
	    const char **text, bool *anew);

#endif
