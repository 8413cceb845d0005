/* SPDX-License-Identifier: ISC
 *
 * Parsing the messages of sd_notify(3).
 */
#include <errno.h>
#include <string.h>

#include "notify.h"
#include "parse.h"
#include "report.h"

/* ERRNO values end far below, and so do ours. */
#define ERRNO_GREATEST	4095

/* A line, if it is NAME=VALUE with this name. */
static const char *
value_of(const char *line, const char *name)
{
	size_t n = strlen(name);

	return strncmp(line, name, n) == 0 && line[n] == '=' ? line + n + 1 :
	    NULL;
}

static int
take_errno(const char *value, struct notification *n)
{
	if (parse_fd(value, &n->error) != 0 || n->error > ERRNO_GREATEST)
		return EINVAL;
	return 0;
}

static int
take_main(const char *value, struct notification *n)
{
	int pid;

	if (parse_fd(value, &pid) != 0 || pid < 1 || pid > PID_GREATEST)
		return EINVAL;
	n->main = pid;
	return 0;
}

/* Rounded up: a daemon that asks for time gets it. */
static int
take_extension(const char *value, struct notification *n)
{
	unsigned long long microseconds;

	if (parse_microseconds(value, &microseconds) != 0)
		return EINVAL;
	n->extend = (int64_t)((microseconds + 999) / 1000);
	return 0;
}

static int
take_line(const char *line, struct notification *n)
{
	const char *value;

	if (strcmp(line, "READY=1") == 0)
		n->ready = true;
	else if (strcmp(line, "STOPPING=1") == 0)
		n->stopping = true;
	else if (strcmp(line, "BARRIER=1") == 0)
		n->barrier = true;
	else if ((value = value_of(line, "STATUS")) != NULL) {
		n->has_status = true;
		text_fit(n->status, sizeof n->status, "%s", value);
		defuse(n->status);
	} else if ((value = value_of(line, "ERRNO")) != NULL)
		return take_errno(value, n);
	else if ((value = value_of(line, "MAINPID")) != NULL)
		return take_main(value, n);
	else if ((value = value_of(line, "EXTEND_TIMEOUT_USEC")) != NULL)
		return take_extension(value, n);
	return 0;
}

int
notify_parse(const char *text, size_t length, struct notification *result)
{
	struct notification n = { .error = -1, .extend = -1 };
	char copy[NOTIFY_BYTES + 1], *line = copy, *next;

	/* One NUL at the end is a terminator that was sent along. */
	if (length > 0 && text[length - 1] == '\0')
		length--;
	if (length == 0 || length > NOTIFY_BYTES ||
	    memchr(text, '\0', length) != NULL)
		return EINVAL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	for (; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (take_line(line, &n) != 0)
			return EINVAL;
	}
	*result = n;
	return 0;
}
