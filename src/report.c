/* SPDX-License-Identifier: ISC
 *
 * Messages and exit statuses.  Their words and numbers stand in steps.def,
 * reasons.def and statuses.def.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "report.h"
#include "signals.h"
#include "utf8.h"

#define QUOTED_BYTES	1000	/* of the end of a line that is not ours */

static const struct {
	const char	*name;
	const char	*words;
	enum status	 status;
} steps[] = {
#define CHECK(name, status, words) { #name, words, EXIT_##status },
#define STEP(name, process, when, status, words) \
	{ #name, words, EXIT_##status },
#define DETACH(name, process, when, status, words) \
	{ #name, words, EXIT_##status },
#include "steps.def"
};

static const struct {
	const char	*text;
	enum status	 status;
} reasons[] = {
#define REASON(name, status, text) { text, EXIT_##status },
#include "reasons.def"
};

static bool
is_reason(int error)
{
	return error > REASON_FIRST && error < REASON_END;
}

const char *
step_name(enum step step)
{
	return steps[step].name;
}

const char *
step_words(enum step step)
{
	return steps[step].words;
}

const char *
error_text(int error)
{
	if (is_reason(error))
		return reasons[error - REASON_FIRST - 1].text;
	return strerror(error);
}

/* Does this byte of UTF-8 go on with a character? */
static bool
goes_on(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Whoever reads it can see that there was more; no half of a character. */
void
text_cut(char *text, size_t size)
{
	char *end = text + size - 4;

	for (int i = 0; i < 3 && goes_on(*end); i++)
		end--;
	memcpy(end, "...", 4);
}

int
fault_set(struct fault *fault, enum step step, int error, const char *object)
{
	fault->step = step;
	fault->error = error;
	fault->detail[0] = '\0';
	/* At every step: a printf(3) each would be felt. */
	if (strlcpy(fault->object, object != NULL ? object : "",
	    sizeof fault->object) >= sizeof fault->object)
		text_cut(fault->object, sizeof fault->object);
	return error;
}

static void __attribute__((format(printf, 3, 0)))
fit(char *text, size_t size, const char *format, va_list ap)
{
	int n = vsnprintf(text, size, format, ap);

	if (n >= (int)size)
		text_cut(text, size);
}

void
text_fit(char *text, size_t size, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fit(text, size, format, ap);
	va_end(ap);
}

int
fault_detail(struct fault *fault, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fit(fault->detail, sizeof fault->detail, format, ap);
	va_end(ap);
	return fault->error;
}

int
fault_usage(struct fault *fault, const char *object, const char *format, ...)
{
	va_list ap;

	fault_set(fault, STEP_command_line, REASON_MISUSE, object);
	va_start(ap, format);
	fit(fault->detail, sizeof fault->detail, format, ap);
	va_end(ap);
	return fault->error;
}

/*
 * A reason brings its status.  Otherwise it is the step's, but a system call
 * that failed for want of permission says so.
 */
enum status
fault_status(const struct fault *fault)
{
	if (is_reason(fault->error))
		return reasons[fault->error - REASON_FIRST - 1].status;
	if (steps[fault->step].status == EXIT_CANNOT_EXEC)
		return fault->error == ENOENT ? EXIT_NOT_FOUND :
		    EXIT_CANNOT_EXEC;
	if (fault->error == ENOMEM)
		return EXIT_OSERR;
	if (fault->error == EPERM || (fault->error == EACCES &&
	    steps[fault->step].status == EXIT_OSERR))
		return EXIT_NOPERM;
	return steps[fault->step].status;
}

/* What moves the cursor, or turns around what comes after it. */
static bool
is_control(const unsigned char *p)
{
	unsigned int three = p[0] == 0xe2 ? p[1] * 256u + p[2] : 0;

	/* C0, DEL and C1; U+2028 to U+202E; U+2066 to U+2069. */
	return *p < ' ' || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0) ||
	    (three >= 0x80a8 && three <= 0x80ae) ||
	    (three >= 0x81a6 && three <= 0x81a9);
}

void
defuse(char *line)
{
	while (*line != '\0') {
		const unsigned char *p = (const unsigned char *)line;
		size_t n = utf8_sequence(p, strnlen(line, 4));

		if (n == 0 || is_control(p)) {
			*line = '?';
			n = 1;
		}
		line += n;
	}
}

/* One write(2), so that lines of simultaneous starts do not mix. */
void
note(int fd, const char *format, ...)
{
	char line[FAULT_OBJECT + FAULT_DETAIL + 256] = "daemonize: ";
	size_t n = strlen(line);
	va_list ap;

	va_start(ap, format);
	fit(line + n, sizeof line - n - 1, format, ap);
	va_end(ap);
	defuse(line);
	n = strlen(line);
	line[n++] = '\n';
	/* Where it cannot be written, the exit status must do. */
	if (write(fd, line, n) == -1)
		return;
}

/* Where only a part fits, its end is more likely to have the reason. */
void
note_quoted(int fd, const char *text, bool cut)
{
	char line[QUOTED_BYTES + 16];
	size_t n = strlen(text);

	if (n > QUOTED_BYTES) {
		text += n - QUOTED_BYTES;
		cut = true;
	}
	for (int i = 0; cut && i < 3 && goes_on(*text); i++)
		text++;
	snprintf(line, sizeof line, "    %s%s", cut ? "..." : "", text);
	for (char *p = line; (p = strchr(p, '\t')) != NULL;)
		*p = ' ';
	defuse(line);
	n = strlen(line);
	line[n++] = '\n';
	if (write(fd, line, n) == -1)
		return;
}

void
fault_print(const struct fault *fault, int fd)
{
	const char *reason = error_text(fault->error), *detail = fault->detail;
	const char *open = " (", *close = ")";

	if (fault->error == REASON_MISUSE && detail[0] != '\0') {
		reason = detail;
		detail = "";
	}
	if (detail[0] == '\0')
		open = close = "";
	note(fd, "cannot %s%s%s: %s%s%s%s", step_words(fault->step),
	    fault->object[0] != '\0' ? ": " : "", fault->object,
	    reason, open, detail, close);
}

int
fault_fail(const struct fault *fault)
{
	fault_print(fault, STDERR_FILENO);
	return (int)fault_status(fault);
}

int
fail_with(enum step step, int error, const char *object)
{
	struct fault fault;

	fault_set(&fault, step, error, object);
	return fault_fail(&fault);
}

int
flush_output(void)
{
	int error = fflush(stdout) == 0 && !ferror(stdout) ? 0 : errno;

	/* Who reads no further has seen enough. */
	if (error != 0)
		signals_heed_pipe();
	return error;
}
