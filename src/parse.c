/* SPDX-License-Identifier: ISC
 *
 * The parsers.  Strict: a spelling that some other program would read another
 * way is refused.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "parse.h"

#define SECONDS_GREATEST	31536000

/* Digits alone, without a leading zero: strtonum(3) is laxer. */
static bool
is_decimal(const char *text, size_t length)
{
	if (length == 0 || (text[0] == '0' && length > 1))
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

int
parse_decimal(const char *text, size_t length, unsigned long long max,
    unsigned long long *number)
{
	unsigned long long n = 0;

	if (!is_decimal(text, length))
		return EINVAL;
	for (size_t i = 0; i < length; i++) {
		unsigned int digit = (unsigned int)(text[i] - '0');

		if (digit > max || n > (max - digit) / 10)
			return EINVAL;
		n = n * 10 + digit;
	}
	*number = n;
	return 0;
}

int
parse_id(const char *text, id_t *id)
{
	unsigned long long n;

	/* The greatest number means "unchanged" to setresuid(2). */
	if (parse_decimal(text, strlen(text), UINT32_MAX - 1, &n) != 0)
		return EINVAL;
	*id = (id_t)n;
	return 0;
}

int
parse_port(const char *text, uint16_t *port)
{
	unsigned long long n;

	if (parse_decimal(text, strlen(text), UINT16_MAX, &n) != 0 || n == 0)
		return EINVAL;
	*port = (uint16_t)n;
	return 0;
}

int
parse_fd(const char *text, int *fd)
{
	unsigned long long n;

	if (parse_decimal(text, strlen(text), INT_MAX, &n) != 0)
		return EINVAL;
	*fd = (int)n;
	return 0;
}

/* Digits behind the point; those beyond milliseconds round up. */
static int
parse_fraction(const char *text, int64_t *milliseconds)
{
	int64_t unit = 1000, n = 0;
	bool more = false;

	if (*text == '\0')
		return EINVAL;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return EINVAL;
		if (unit == 1)
			more = more || *text != '0';
		else
			n += (*text - '0') * (unit /= 10);
	}
	*milliseconds = n + more;
	return 0;
}

int
parse_seconds(const char *text, int64_t *milliseconds)
{
	size_t length = strcspn(text, ".");
	unsigned long long seconds = 0;
	int64_t fraction = 0;

	/* ".5" is half a second. */
	if (((length > 0 || *text == '\0') && parse_decimal(text, length,
	    SECONDS_GREATEST, &seconds) != 0) || (text[length] == '.' &&
	    parse_fraction(text + length + 1, &fraction) != 0) ||
	    (seconds == 0 && fraction == 0) ||
	    (seconds == SECONDS_GREATEST && fraction != 0))
		return EINVAL;
	*milliseconds = (int64_t)seconds * 1000 + fraction;
	return 0;
}

int
parse_microseconds(const char *text, unsigned long long *microseconds)
{
	const unsigned long long year = SECONDS_GREATEST * 1000000ULL;
	unsigned long long n;

	if (parse_decimal(text, strlen(text), UINT64_MAX, &n) != 0)
		return EINVAL;
	*microseconds = n < year ? n : year;
	return 0;
}

int
parse_assignment(const char *line)
{
	const char *p = line;

	if (!isalpha((unsigned char)*p) && *p != '_')
		return EINVAL;
	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	return *p == '=' ? 0 : EINVAL;
}

int
parse_pid(const char *text, size_t length, pid_t *pid)
{
	unsigned long long n;

	if (length == 0 || text[length - 1] != '\n' ||
	    parse_decimal(text, length - 1, PID_GREATEST, &n) != 0 || n == 0)
		return EINVAL;
	*pid = (pid_t)n;
	return 0;
}

/* The value of the line `key value`; *text moves behind it. */
static int
parse_line(const char **text, const char *end, const char *key,
    const char **value, size_t *length)
{
	const char *newline = memchr(*text, '\n', (size_t)(end - *text));
	size_t n = strlen(key);

	if (newline == NULL || (size_t)(newline - *text) <= n ||
	    memcmp(*text, key, n) != 0 || (*text)[n] != ' ')
		return EINVAL;
	*value = *text + n + 1;
	*length = (size_t)(newline - *value);
	*text = newline + 1;
	return 0;
}

static int
parse_number_line(const char **text, const char *end, const char *key,
    unsigned long long max, unsigned long long *number)
{
	const char *value;
	size_t length;

	if (parse_line(text, end, key, &value, &length) != 0)
		return EINVAL;
	return parse_decimal(value, length, max, number);
}

int
parse_boot_id(const char *text, size_t length, char *boot)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (length != BOOT_ID_LENGTH)
		return EINVAL;
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\0' || strchr(form[i] == 'x' ?
		    "0123456789abcdef" : "-", text[i]) == NULL)
			return EINVAL;
	memcpy(boot, text, length);
	boot[length] = '\0';
	return 0;
}

static int
parse_boot(const char **text, const char *end, char *boot)
{
	const char *value;
	size_t length;

	if (parse_line(text, end, "boot", &value, &length) != 0)
		return EINVAL;
	boot[0] = '\0';
	return length == 0 ? 0 : parse_boot_id(value, length, boot);
}

/* The last line, which may be missing. */
static int
parse_ready(const char **text, const char *end, enum readiness *ready)
{
	const char *value;
	size_t length;

	*ready = READINESS_UNASKED;
	if (*text == end)
		return 0;
	if (parse_line(text, end, "ready", &value, &length) != 0)
		return EINVAL;
	for (int i = READINESS_NO; i <= READINESS_YES; i++)
		if (strlen(readiness_word((enum readiness)i)) == length &&
		    memcmp(readiness_word((enum readiness)i), value,
		    length) == 0) {
			*ready = (enum readiness)i;
			return 0;
		}
	return EINVAL;
}

int
parse_identity(const char *text, size_t length, struct identity *identity)
{
	const char *end = text + length;
	struct identity id;
	unsigned long long pid;

	if (parse_number_line(&text, end, "pid", PID_GREATEST, &pid) != 0 ||
	    pid == 0 ||
	    parse_number_line(&text, end, "start", ULLONG_MAX,
	    &id.start) != 0 || parse_boot(&text, end, id.boot) != 0 ||
	    parse_number_line(&text, end, "inode", ULLONG_MAX,
	    &id.inode) != 0 || parse_ready(&text, end, &id.ready) != 0 ||
	    text != end || (id.start == 0 && id.inode == 0))
		return EINVAL;
	id.pid = (pid_t)pid;
	*identity = id;
	return 0;
}
