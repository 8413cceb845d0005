/* SPDX-License-Identifier: ISC
 *
 * With --enable-coverage alone: the counters are a file that every process
 * maps, so that what a process has done counts however it ends: by _exit(2),
 * by an exec, by a signal or while it shares the front's memory; and neither
 * a user's rights nor a new root matter, since nothing is written at the end.
 * tests/gcov.ld has the counters in a section of their own.
 *
 * COVERAGE=create makes the file, COVERAGE=write gives it to gcov(1).
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char	counters_begin[], counters_end[];

void	__real___gcov_exit(void);
void	__wrap___gcov_exit(void);

static int
is_asked_to(const char *what)
{
	const char *asked = getenv("COVERAGE");

	return asked != NULL && strcmp(asked, what) == 0;
}

/* Before anything is counted. */
static void __attribute__((constructor(101)))
share_counters(void)
{
	size_t size = (size_t)(counters_end - counters_begin);
	int fd;

	if (is_asked_to("create")) {
		fd = open(COUNTERS, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		    0666);
		if (fd == -1 || fchmod(fd, 0666) == -1 ||
		    ftruncate(fd, (off_t)size) == -1)
			abort();
	} else
		fd = open(COUNTERS, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return;
	/* Where that fails, what is done does not count. */
	(void)mmap(counters_begin, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_FIXED, fd, 0);
	close(fd);
}

/* libgcov would add them up again at the end of each process. */
void
__wrap___gcov_exit(void)
{
	if (is_asked_to("write"))
		__real___gcov_exit();
}
