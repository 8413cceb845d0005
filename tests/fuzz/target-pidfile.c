/* SPDX-License-Identifier: ISC
 *
 * Pidfiles and identity records: there is one text for each, the one that we
 * write.
 */
#include "identity.h"
#include "parse.h"

#include "fuzz.h"

static void
check_pid(const char *text, size_t size)
{
	char printed[32];
	pid_t pid = -7;

	if (parse_pid(text, size, &pid) != 0) {
		check(pid == -7);
		return;
	}
	check(pid > 0 && pid <= PID_GREATEST);
	check((size_t)snprintf(printed, sizeof printed, "%d\n", (int)pid) ==
	    size);
	check(memcmp(printed, text, size) == 0);
}

static void
check_identity(const char *text, size_t size)
{
	struct identity id = { .pid = -7 };
	char printed[IDENTITY_TEXT];

	if (parse_identity(text, size, &id) != 0) {
		check(id.pid == -7);
		return;
	}
	check(id.pid > 0 && id.pid <= PID_GREATEST);
	check(id.start != 0 || id.inode != 0);
	check(identity_format(&id, printed) == size && size < IDENTITY_TEXT);
	check(memcmp(printed, text, size) == 0);
}

FUZZ_TARGET(pidfile)
{
	/* Without an end: a file has none. */
	char *text = malloc(size > 0 ? size : 1);

	check(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	check_pid(text, size);
	check_identity(text, size);
	free(text);
}
