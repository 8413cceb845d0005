/* SPDX-License-Identifier: ISC
 *
 * A place of our own: other mounts, where /run is empty.
 *
 *	/run/w/place	where the command runs; place/theirs is nobody's
 *	/run/w/witness	the program; dynamic/witness is linked dynamically
 *	/run/w/made	where it makes files; empty in the beginning
 *	/run/w/fifo	where it tells that it runs
 *	/run/w/root	a root directory, with both under the same names
 *
 * /tmp is empty, too, and the network is nobody else's.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"

/* Whatever is in these is part of the picture, and goes with it. */
static const char *const places[] = { "/run/w/place", "/run/w/place/theirs",
    "/run/w/root", "/run/daemonize", NULL };

/* Where a notify socket has a directory, whose name is by chance. */
static const char *const notify_places[] = { "/run", "/tmp", NULL };

static const char *const kept[] = { "theirs", "env", "input", "run" };

static void
write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd == -1 || fchmod(fd, mode) == -1 ||
	    write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    close(fd) == -1)
		err(OURS, "%s", path);
}

static void
copy_program(const char *from, const char *to)
{
	static char buffer[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ssize_t n;

	if (in == -1 || out == -1)
		err(OURS, "%s", from);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, (size_t)n) != n)
			err(OURS, "%s", to);
	close(in);
	if (fchmod(out, 0755) == -1 || close(out) == -1)
		err(OURS, "%s", to);
}

/* The system's own plug-ins for users are not what is tested here. */
static void
mount_all(void)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWNET) == -1 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("faults", "/run", "tmpfs", 0, "mode=755") == -1)
		err(OURS, "mount");
	write_file("/run/nsswitch", "passwd: files\ngroup: files\n", 0644);
	if (access("/etc/nsswitch.conf", F_OK) == 0 &&
	    mount("/run/nsswitch", "/etc/nsswitch.conf", NULL, MS_BIND, NULL) ==
	    -1)
		err(OURS, "nsswitch.conf");
}

/* A tree below /tmp stays where it is: coverage is written to it. */
static void
mount_tmp(const char *daemonize)
{
	char dir[PATH_MAX], from[64];
	int fd;

	if (realpath(daemonize, dir) == NULL ||
	    (fd = open(dirname(dir), O_PATH | O_CLOEXEC)) == -1 ||
	    mount("faults", "/tmp", "tmpfs", 0, "mode=1777") == -1)
		err(OURS, "/tmp");
	if (strncmp(dir, "/tmp/", 5) == 0) {
		for (char *p = dir + 5; (p = strchr(p, '/')) != NULL; p++) {
			*p = '\0';
			(void)mkdir(dir, 0755);
			*p = '/';
		}
		snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
		if (mkdir(dir, 0755) == -1 ||
		    mount(from, dir, NULL, MS_BIND, NULL) == -1)
			err(OURS, "%s", dir);
	}
	close(fd);
}

static void
raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || ioctl(fd, SIOCSIFFLAGS, &request) == -1)
		err(OURS, "lo");
	close(fd);
}

static void
make_directories(void)
{
	static const char *const all[] = { "/run/w", "/run/w/place",
	    "/run/w/place/theirs", "/run/w/root", "/run/w/root/run",
	    "/run/w/root/run/w", "/run/w/dynamic",
	    "/run/w/made" };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (mkdir(all[i], 0755) == -1)
			err(OURS, "%s", all[i]);
	if (chown("/run/w/place/theirs", NOBODY, NOBODY) == -1 ||
	    chown("/run/w/made", NOBODY, NOBODY) == -1)
		err(OURS, "chown");
}

void
world_open(struct world *w, const char *daemonize, const char *witness)
{
	char dynamic[PATH_MAX];
	struct stat root;

	*w = (struct world){ .daemonize = daemonize };
	umask(0);
	mount_all();
	make_directories();
	copy_program(witness, "/run/w/witness");
	copy_program(witness, "/run/w/root/run/w/witness");
	snprintf(dynamic, sizeof(dynamic), "%s-dynamic", witness);
	copy_program(dynamic, "/run/w/dynamic/witness");
	write_file("/run/w/place/env", "FROM_FILE=1\n", 0644);
	write_file("/run/w/place/input", "input\n", 0644);
	mount_tmp(daemonize);
	raise_loopback();
	if (mkfifo("/run/w/fifo", 0666) == -1 ||
	    link("/run/w/fifo", "/run/w/root/run/w/fifo") == -1)
		err(OURS, "FIFO");
	w->fifo = open("/run/w/fifo", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	w->out = memfd_create("out", MFD_CLOEXEC);
	w->err = memfd_create("err", MFD_CLOEXEC);
	if (w->fifo == -1 || w->out == -1 || w->err == -1 ||
	    chdir("/run/w/place") == -1 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		err(OURS, "world");
	if (stat("/run/w/root", &root) == -1)
		err(OURS, "root");
	snprintf(w->root, sizeof(w->root), " root=%lx:%lu ",
	    (unsigned long)root.st_dev, (unsigned long)root.st_ino);
	w->keyring = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
	    KEY_SPEC_SESSION_KEYRING, 0);
}

static bool
is_kept(const char *name)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (strcmp(name, kept[i]) == 0)
			return true;
	return false;
}

static int
is_ours(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 &&
	    strcmp(entry->d_name, "..") != 0 && !is_kept(entry->d_name);
}

static int
is_notify(const struct dirent *entry)
{
	return strncmp(entry->d_name, "daemonize.", 10) == 0;
}

/* For each that is chosen in each of the places, in order. */
static void
for_each(const char *const *list, int (*choose)(const struct dirent *),
    void (*act)(const char *path, void *context), void *context)
{
	char path[512];

	for (; *list != NULL; list++) {
		struct dirent **entry;
		int n = scandir(*list, &entry, choose, alphasort);

		for (int j = 0; j < n; j++) {
			snprintf(path, sizeof(path), "%s/%s", *list,
			    entry[j]->d_name);
			act(path, context);
			free(entry[j]);
		}
		if (n != -1)
			free(entry);
	}
}

static void
remove_file(const char *path, void *context)
{
	(void)context;
	if (unlink(path) == -1)
		err(OURS, "%s", path);
}

static void
remove_notify(const char *path, void *context)
{
	const char *const list[] = { path, NULL };

	(void)context;
	for_each(list, is_ours, remove_file, NULL);
	if (rmdir(path) == -1)
		err(OURS, "%s", path);
}

/* What the program has made is its own. */
void
world_begin(void)
{
	static const char *const made[] = { "/run/w/made", NULL };

	for_each(made, is_ours, remove_file, NULL);
}

void
world_clear(struct world *w)
{
	for_each(places, is_ours, remove_file, NULL);
	for_each(notify_places, is_notify, remove_notify, NULL);
	(void)rmdir("/run/daemonize");
	w->before[0] = '\0';
}

struct picture {
	char	*text;
	bool	 exact;
};

/* Until the end of what fits; a picture that is cut off compares, too. */
static void
add(char *text, const char *more)
{
	size_t n = strlen(text);

	snprintf(text + n, TEXT - n, "%s", more);
}

static void
add_content(char *text, const char *path)
{
	char content[512];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd == -1 ? -1 : read(fd, content, sizeof(content) - 1);

	if (fd != -1)
		close(fd);
	if (n == -1)
		return;
	content[n] = '\0';
	for (char *p = content; *p != '\0'; p++)
		if (*p == '\n')
			*p = '|';
	add(text, " ");
	add(text, content);
}

static void
add_file(const char *path, void *picture)
{
	const struct picture *p = picture;
	char line[600];
	struct stat st;

	if (lstat(path, &st) == -1)
		return;
	snprintf(line, sizeof(line), "%s %o %u:%u %u", path + strlen("/run/"),
	    st.st_mode, st.st_uid, st.st_gid, (unsigned)st.st_nlink);
	add(p->text, line);
	if (p->exact) {
		snprintf(line, sizeof(line), " %lu",
		    (unsigned long)st.st_ino);
		add(p->text, line);
		add_content(p->text, path);
	}
	add(p->text, "\n");
}

static void
add_notify(const char *path, void *picture)
{
	(void)path;
	add(((const struct picture *)picture)->text, NOTIFY "\n");
}

/* A line a file, with its inode and content where that is exact. */
void
world_picture(char *text, bool exact)
{
	struct picture p = { text, exact };

	text[0] = '\0';
	for_each(places, is_ours, add_file, &p);
	for_each(notify_places, is_notify, add_notify, &p);
}
