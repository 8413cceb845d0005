/* SPDX-License-Identifier: ISC
 *
 * A program's file: #! lines, ELF headers, and what is neither.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <unistd.h>

#include "program.h"
#include "report.h"

#include "fuzz.h"

FUZZ_TARGET(program)
{
	static int file = -1;
	char path[32], detail[FAULT_DETAIL] = "?";
	int error;

	if (file == -1)
		file = memfd_create("program", 0);
	check(file != -1 && fchmod(file, 0700) == 0);
	check(ftruncate(file, 0) == 0);
	check(pwrite(file, data, size, 0) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	error = program_examine(path, detail);
	check(strlen(detail) < sizeof detail);
	/* It tells what is missing, and of nothing else. */
	check(error != REASON_NO_INTERPRETER || detail[0] != '\0' ||
	    size > 4);
	check(error == 0 || error_text(error)[0] != '\0');
	/* No header is so short, nor known to binfmt_misc by so little. */
	if (size == 0 || (size >= 4 && size < 20 &&
	    memcmp(data, "\177ELF", 4) == 0))
		check(error == REASON_NO_FORMAT);
}
