/* SPDX-License-Identifier: ISC
 *
 * The smallest daemon: for a chroot with nothing else in it.
 *
 *	static TEXT [FILE]
 *
 * Writes TEXT and a newline to its standard output, its pid to FILE, which
 * appears whole, and waits to be killed.
 */
#include <sys/uio.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
write_pid(const char *path)
{
	char temp[4096], text[16];
	int len = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	int n = snprintf(temp, sizeof(temp), "%s.new", path);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(temp))
		return -1;
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd == -1 || write(fd, text, (size_t)len) != len)
		return -1;
	return close(fd) == -1 ? -1 : rename(temp, path);
}

int
main(int argc, char *argv[])
{
	static char nothing[] = "", newline[] = "\n";
	struct iovec line[2] = { { argc > 1 ? argv[1] : nothing, 0 },
		{ newline, 1 } };

	line[0].iov_len = strlen(line[0].iov_base);
	if (writev(STDOUT_FILENO, line, 2) == -1)
		return 125;
	if (argc > 2 && write_pid(argv[2]) == -1)
		return 125;
	for (;;)
		pause();
}
