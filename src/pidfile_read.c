/* SPDX-License-Identifier: ISC
 *
 * Believing a pidfile and its identity only as far as they are proven.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "identity.h"
#include "parse.h"
#include "pidfile.h"
#include "report.h"

/* A part's text.  0, ENOENT, or why it cannot be trusted. */
static int
read_part(const struct pidfile *p, enum pidfile_part part, char *text,
    size_t size, size_t *length)
{
	char name[PIDFILE_NAME];
	int fd, error;
	ssize_t n;

	pidfile_part_name(p, part, name);
	if ((error = place_read(&p->place, name, p->uid, &fd)) != 0)
		return error;
	n = read(fd, text, size);
	if (n == -1)
		error = errno;
	else
		*length = (size_t)n;
	close(fd);
	return error;
}

/*
 * 0 with *pid, or why it cannot be trusted.  *pid is 0 without a file, and for
 * an empty one: that is what a loss of power leaves, and it names nobody.
 */
static int
read_pid(const struct pidfile *p, pid_t *pid)
{
	char text[32];
	size_t length;
	int error = read_part(p, PART_PID, text, sizeof text, &length);

	*pid = 0;
	if (error == ENOENT)
		return 0;
	if (error == 0 && length != 0 && parse_pid(text, length, pid) != 0)
		error = REASON_NO_PID;
	return error;
}

/* The same for the identity and its pid. */
static int
read_identity(const struct pidfile *p, struct identity *id)
{
	char text[IDENTITY_TEXT];
	size_t length;
	int error = read_part(p, PART_ID, text, sizeof text, &length);

	*id = (struct identity){ 0 };
	if (error == ENOENT)
		return 0;
	if (error == 0 && length != 0 && parse_identity(text, length, id) != 0)
		error = REASON_NO_RECORD;
	return error;
}

int
pidfile_check(const struct pidfile *p, pid_t *pid)
{
	enum life life = LIFE_DEAD;
	struct identity id;
	int error;

	if ((error = read_pid(p, pid)) != 0 ||
	    (error = read_identity(p, &id)) != 0)
		return error;
	if (id.pid != 0)
		life = identity_life(&id);
	if (life != LIFE_DEAD) {
		*pid = id.pid;
		return life == LIFE_ALIVE ? REASON_ALREADY : REASON_DOUBT;
	}
	/*
	 * The daemon of the identity is gone.  A pidfile that agrees with it,
	 * or names nobody, is stale; so is one that names this very process.
	 */
	if (*pid == 0 || *pid == id.pid || *pid == getpid() ||
	    pid_life(*pid) == LIFE_DEAD)
		return 0;
	return REASON_DOUBT;
}
