/* SPDX-License-Identifier: ISC
 *
 * A place in a file that its writer may begin anew.
 */
#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "mark.h"

/* How much of it there is, if less is to be had. */
static ssize_t
read_before(int fd, off_t at, char *bytes, size_t size)
{
	size_t length = (size_t)at < size ? (size_t)at : size;

	return pread(fd, bytes, length, at - (off_t)length);
}

void
mark_set(struct mark *m, int fd, off_t at)
{
	m->at = at;
	m->length = read_before(fd, at, m->bytes, sizeof m->bytes);
}

bool
mark_holds(const struct mark *m, int fd)
{
	char bytes[sizeof m->bytes];
	struct stat st;

	/* All of it is from this start, if it is shorter or other. */
	return fstat(fd, &st) == 0 && st.st_size >= m->at &&
	    read_before(fd, m->at, bytes, sizeof bytes) == m->length &&
	    (m->length <= 0 ||
	    memcmp(bytes, m->bytes, (size_t)m->length) == 0);
}
