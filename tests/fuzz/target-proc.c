/* SPDX-License-Identifier: ISC
 *
 * The text of /proc/PID/stat and /proc/PID/status.
 */
#include "proc.h"

#include "fuzz.h"

/* Whatever a process calls itself, its fields are those behind the name. */
static void
check_name(const char *name)
{
	const struct proc_stat wanted = { 'S', 1, 64, 3, 12345678901ULL,
	    0x400000 };
	struct proc_stat stat;
	char text[1024];

	snprintf(text, sizeof text, "7 (%.64s) %c 1 7 7 0 -1 %llu "
	    "1 2 3 4 5 6 7 8 20 0 %llu 0 %llu 9 10 11 %llu 13 14\n", name,
	    wanted.state, wanted.flags, wanted.threads, wanted.start,
	    wanted.code);
	check(proc_parse_stat(text, &stat) == 0);
	check(stat.state == wanted.state &&
	    stat.parent == wanted.parent && stat.flags == wanted.flags &&
	    stat.threads == wanted.threads && stat.start == wanted.start &&
	    stat.code == wanted.code);
}

FUZZ_TARGET(proc)
{
	char *text = fuzz_text(data, size);
	struct proc_stat stat;
	unsigned int ids[4];

	(void)proc_parse_stat(text, &stat);
	(void)proc_parse_uids(text, ids);
	check_name(text);
	free(text);
}
