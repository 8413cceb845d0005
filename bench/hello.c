/* SPDX-License-Identifier: ISC
 *
 * The daemon of the benchmark: says when it began to run, and ends.  Linked
 * statically, so that next to nothing of its own start is measured.
 */
#include <fcntl.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct timespec now;
	int64_t ns;
	int fd;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	if (argc < 2 || (fd = open(argv[1], O_WRONLY)) == -1)
		return 1;
	return pwrite(fd, &ns, sizeof ns, 0) == (ssize_t)sizeof ns ? 0 : 1;
}
