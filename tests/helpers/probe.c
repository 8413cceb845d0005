/* SPDX-License-Identifier: ISC
 *
 * The program that is daemonized in the tests: it reports its own state.
 *
 *	probe FILE|- [exit[:N]|stay [argument ...]]
 *
 * The report is read before anything here changes it, system calls first and
 * /proc only for what nothing else tells (`?` where there is no /proc, and
 * noproc has not left it elsewhere), and FILE appears whole, by rename.  Links
 * statically for an empty chroot.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

enum { BLIND_FDS = 256 };	/* how far to look when /proc is absent */

extern char **environ;

void
put_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '\\')
			fputs("\\\\", out);
		else
			fputc(*text, out);
	}
	fputc('\n', out);
}

const char *
proc_path(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/self/%s",
	    access("/proc/self", F_OK) == -1 ? "/proc/real" : "/proc", name);
	return path;
}

void
put_link(FILE *out, const char *name)
{
	char target[PATH_MAX + 16];
	ssize_t len = readlink(proc_path(name), target, sizeof(target) - 1);

	if (len == -1)
		len = snprintf(target, sizeof(target), "?");
	target[len] = '\0';
	put_text(out, target);
}

int
read_proc(const char *name, char *buf, size_t size)
{
	int fd = open(proc_path(name), O_RDONLY | O_CLOEXEC);
	ssize_t len = fd == -1 ? -1 : read(fd, buf, size - 1);

	if (fd != -1)
		close(fd);
	if (len == -1)
		return -1;
	buf[len] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

static const char *
access_name(int flags)
{
	static const char *const names[] = {
		[O_RDONLY] = "r", [O_WRONLY] = "w", [O_RDWR] = "rw",
		[3] = "ioctl",
	};

	return flags & O_PATH ? "path" : names[flags & 3];
}

static void
report_fd(FILE *out, int fd)
{
	char name[16], target[PATH_MAX + 16];
	int flags = fcntl(fd, F_GETFL), fdflags = fcntl(fd, F_GETFD);
	ssize_t len;

	if (flags == -1 || fdflags == -1)
		return;
	snprintf(name, sizeof(name), "fd/%d", fd);
	len = readlink(proc_path(name), target, sizeof(target) - 1);
	target[len == -1 ? 0 : len] = '\0';
	for (char *p = target; *p != '\0'; p++)
		if (*p == '\n')
			*p = '?';
	fprintf(out, "fd.%d=%s access=%s append=%d nonblock=%d cloexec=%d\n",
	    fd, len == -1 ? "?" : target, access_name(flags),
	    (flags & O_APPEND) != 0, (flags & O_NONBLOCK) != 0,
	    (fdflags & FD_CLOEXEC) != 0);
	report_socket(out, fd);
}

/* Must run first: every later open of ours would be in the list. */
static void
report_fds(FILE *out)
{
	DIR *dir = opendir(proc_path("fd"));
	struct dirent *entry;

	if (dir == NULL) {
		for (int fd = 0; fd < BLIND_FDS; fd++)
			report_fd(out, fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd != dirfd(dir))
			report_fd(out, fd);
	}
	closedir(dir);
}

static void
report_command(FILE *out, char **argv)
{
	for (char **env = environ; *env != NULL; env++) {
		fputs("env=", out);
		put_text(out, *env);
	}
	for (int i = 0; argv[i] != NULL; i++) {
		fprintf(out, "argv.%d=", i);
		put_text(out, argv[i]);
	}
	fputs("exe=", out);
	put_link(out, "exe");
}

static char *
make_report(char **argv, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (out == NULL)
		return NULL;
	report_fds(out);
	report_signals(out);
	report_process(out);
	report_surroundings(out);
	report_credentials(out);
	report_keyring(out);
	report_command(out, argv);
	return fclose(out) == 0 ? text : NULL;
}

static int
write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, text, size);

		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (n > 0) {
			text += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

static int
write_file(const char *path, const char *text, size_t size)
{
	char temp[PATH_MAX];
	int fd, n;

	n = snprintf(temp, sizeof(temp), "%s.%d", path, (int)getpid());
	if (n < 0 || (size_t)n >= sizeof(temp))
		return -1;
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	/* Whatever the umask and the user are: the test must read it. */
	if (fchmod(fd, 0644) == -1 || write_all(fd, text, size) == -1 ||
	    close(fd) == -1 || rename(temp, path) == -1) {
		unlink(temp);
		return -1;
	}
	return 0;
}

static int
finish(const char *how)
{
	while (strcmp(how, "stay") == 0)
		pause();
	return strncmp(how, "exit:", 5) == 0 ? atoi(how + 5) : 0;
}

int
main(int argc, char *argv[])
{
	size_t size = 0;
	char *report = make_report(argv, &size);
	const char *path = argc > 1 ? argv[1] : "-";
	int failed;

	if (report == NULL)
		return 125;
	if (strcmp(path, "-") == 0)
		failed = write_all(STDOUT_FILENO, report, size);
	else
		failed = write_file(path, report, size);
	if (failed != 0) {
		dprintf(STDERR_FILENO, "probe: cannot write: %s: %s\n", path,
		    strerror(errno));
		return 125;
	}
	return finish(argc > 2 ? argv[2] : "exit");
}
