/* SPDX-License-Identifier: ISC
 *
 * The files of --env-file: lines NAME=VALUE, blank ones, and comments.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "environ.h"
#include "parse.h"
#include "paths.h"
#include "report.h"

#define ENV_FILE_MAX	(1024 * 1024)

/* A whole file in memory of its own, terminated. */
static int
slurp(int fd, char **text, size_t *length)
{
	ssize_t n = 1;

	*length = 0;
	*text = malloc(ENV_FILE_MAX + 1);
	if (*text == NULL)
		return ENOMEM;
	while (n > 0 && *length < ENV_FILE_MAX) {
		n = read(fd, *text + *length, ENV_FILE_MAX - *length);
		if (n == -1) {
			if (errno == EINTR)
				n = 1;
			else
				return errno;
		} else
			*length += (size_t)n;
	}
	(*text)[*length] = '\0';
	return *length < ENV_FILE_MAX ? 0 : EFBIG;
}

static int
take_line(struct environment *env, char *line, unsigned int number,
    struct fault *fault)
{
	if (line[0] == '\0' || line[0] == '#')
		return 0;
	fault->error = REASON_BAD_LINE;
	if (parse_assignment(line) != 0)
		return fault_detail(fault, "line %u", number);
	if (line[strlen(line) - 1] == '\r')
		return fault_detail(fault, "line %u ends in a carriage return",
		    number);
	return environ_set(env, line);
}

static int
take_lines(struct environment *env, char *text, size_t length,
    struct fault *fault)
{
	unsigned int number = 0;
	char *line;
	int error = 0;

	if (memchr(text, '\0', length) != NULL) {
		fault->error = REASON_BAD_LINE;
		return fault_detail(fault, "it has a NUL byte");
	}
	while (error == 0 && (line = strsep(&text, "\n")) != NULL)
		error = take_line(env, line, ++number, fault);
	return error;
}

/* Its contents go to another user, who may be unable to read it. */
static int
judge_place(const struct place *place, int fd, const struct account *account)
{
	struct stat st;

	if (!account->differs)
		return 0;
	if (fstat(fd, &st) == -1)
		return errno;
	return place_is_doubtful(place, &st, account->uid) ?
	    REASON_MOVED_THERE : 0;
}

/* Whoever can write this file decides what the daemon loads. */
int
environ_read(const struct account *account, const char *name,
    struct environment *env, struct fault *fault)
{
	struct place place = { .dir = -1 };
	char *path = NULL, *text = NULL;
	size_t length;
	int fd = -1, error;

	fault_set(fault, STEP_env_file, 0, name);
	if ((error = path_absolute(name, &path)) == 0 &&
	    (error = place_find(-1, path, account, &place)) == 0 &&
	    (error = place_trusted(&place, account->uid)) == 0 &&
	    (error = place_read(&place, place.name, account->uid, &fd)) == 0 &&
	    (error = judge_place(&place, fd, account)) == 0 &&
	    (error = slurp(fd, &text, &length)) == 0)
		error = take_lines(env, text, length, fault);
	fault->error = error;
	if (error == REASON_LOOSE_DIR)
		fault_detail(fault, "%s", place.writers.culprit);
	if (fd != -1)
		close(fd);
	place_close(&place);
	free(path);
	return error;
}
