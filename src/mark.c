/* SPDX-License-Identifier: ISC
 *
 * A place in a file that its writer may begin anew.
 */
#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "mark.h"

/* As much as there is before it. */
static size_t
wanted(off_t at)
{
	return at < MARK_BYTES ? (size_t)at : MARK_BYTES;
}

void
mark_set(struct mark *m, int fd, off_t at)
{
	size_t length = wanted(at);

	*m = (struct mark){ .at = at };
	if (pread(fd, m->bytes, length, at - (off_t)length) == (ssize_t)length)
		m->length = length;
}

/* Does this begin with what was before the mark? */
static bool
holds(const struct mark *m, const char *text, ssize_t n)
{
	return n >= (ssize_t)m->length &&
	    memcmp(text, m->bytes, m->length) == 0;
}

/* Is the file shorter by now? */
static bool
is_cut(const struct mark *m, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size < m->at;
}

bool
mark_holds(const struct mark *m, int fd)
{
	char text[MARK_BYTES] = { 0 };

	return !is_cut(m, fd) && holds(m, text, pread(fd, text, m->length,
	    m->at - (off_t)m->length));
}

ssize_t
mark_read(struct mark *m, int fd, char buffer[MARK_BUFFER], const char **text,
    bool *anew)
{
	bool cut;
	size_t all;
	ssize_t n;

	for (*anew = false;; *anew = true) {
		cut = is_cut(m, fd);
		/* Both in one look: between two, it could be truncated. */
		n = pread(fd, buffer, MARK_BUFFER, m->at - (off_t)m->length);
		if (n == -1)
			return -1;
		if (!cut && holds(m, buffer, n))
			break;
		*m = (struct mark){ .at = 0 };
	}
	all = (size_t)n;
	*text = buffer + m->length;
	n -= (ssize_t)m->length;
	m->at += n;
	m->length = all < MARK_BYTES ? all : MARK_BYTES;
	memcpy(m->bytes, buffer + all - m->length, m->length);
	return n;
}
