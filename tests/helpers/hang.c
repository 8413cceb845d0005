/* SPDX-License-Identifier: ISC
 *
 * A file system that hangs, in user space, and only in this process's mount
 * namespace.
 *
 *	hang DIRECTORY lookup N		answers N times that a name is not
 *					there, and then no more
 *	hang DIRECTORY close SOCKET	sends a message with a descriptor whose
 *					close never ends
 *
 * Says "ready" then, "held" when a name is not answered, and waits to be
 * killed: what hangs ends then.  Exit status 77: there can be no such file
 * system here.
 */
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <linux/fuse.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NONE		77
#define FIRST_MESSAGES	8	/* so that we are sooner than whoever reads */

/* Shared by the two processes. */
static volatile int *lookups;	/* are answered, so many more; -1: all */
static volatile int *held;	/* nothing is written any more */

static void
answer(int fd, unsigned long long unique, int error, const void *p, size_t n)
{
	struct fuse_out_header h = { .len = (uint32_t)(sizeof h + n),
	    .error = -error, .unique = unique };
	char text[512];

	memcpy(text, &h, sizeof h);
	if (n > 0)
		memcpy(text + sizeof h, p, n);
	if (write(fd, text, h.len) == -1)
		warn("answer");
}

static struct fuse_attr
attributes(uint64_t inode)
{
	return (struct fuse_attr){ .ino = inode, .nlink = 1,
	    .mode = inode == 1 ? S_IFDIR | 0755 : S_IFREG | 0666 };
}

static void
look_up(int fd, const struct fuse_in_header *h)
{
	const struct fuse_entry_out entry = { .nodeid = 2, .attr_valid = 1000,
	    .entry_valid = 1000, .attr = attributes(2) };

	if (*lookups == 0) {
		if (write(STDOUT_FILENO, "held\n", 5) == -1)
			warn("held");
		return;
	}
	if (*lookups == -1) {
		answer(fd, h->unique, 0, &entry, sizeof entry);
		return;
	}
	--*lookups;
	answer(fd, h->unique, ENOENT, NULL, 0);
}

static void
serve_one(int fd, const struct fuse_in_header *h)
{
	const struct fuse_init_out init = { .major = 7, .minor = 31,
	    .max_readahead = 4096, .max_write = 4096,
	    .flags = FUSE_WRITEBACK_CACHE | FUSE_BIG_WRITES };
	const struct fuse_attr_out attr = { .attr_valid = 1000,
	    .attr = attributes(h->nodeid) };
	const struct fuse_open_out opened = { .fh = 1 };
	const struct fuse_write_out written = { .size = 1 };

	switch (h->opcode) {
	case FUSE_INIT:
		answer(fd, h->unique, 0, &init, sizeof init);
		break;
	case FUSE_LOOKUP:
		look_up(fd, h);
		break;
	case FUSE_OPEN:
		answer(fd, h->unique, 0, &opened, sizeof opened);
		break;
	case FUSE_SETATTR:
	case FUSE_GETATTR:
		if (!*held)
			answer(fd, h->unique, 0, &attr, sizeof attr);
		break;
	case FUSE_WRITE:
		if (!*held)
			answer(fd, h->unique, 0, &written, sizeof written);
		break;
	case FUSE_RELEASE:
		answer(fd, h->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		answer(fd, h->unique, ENOSYS, NULL, 0);
	}
}

static void __attribute__((noreturn))
serve(int fd)
{
	static union {
		struct fuse_in_header	header;
		char			space[1 << 17];
	} request;

	for (;;)
		if (read(fd, &request, sizeof request) > 0)
			serve_one(fd, &request.header);
		else if (errno != EINTR && errno != ENOENT)
			_exit(0);
}

static int
set_up(const char *directory)
{
	char options[80];
	int fd;

	lookups = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (lookups == MAP_FAILED)
		err(1, "mmap");
	held = lookups + 1;
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		err(NONE, "a mount namespace");
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd == -1)
		err(NONE, "/dev/fuse");
	snprintf(options, sizeof options,
	    "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd);
	if (mount("hang", directory, "fuse", 0, options) == -1)
		err(NONE, "mount");
	return fd;
}

static void
send_with(int socket, int fd)
{
	union {
		char		space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr	header;
	} control = { .space = { 0 } };
	char text[] = "X=1";
	struct iovec part = { text, 3 };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof control.space };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	if (sendmsg(socket, &m, 0) == -1)
		err(1, "sendmsg");
}

static int
open_in(const char *directory)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/file", directory);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		err(NONE, "%s", path);
	return fd;
}

/*
 * What the socket's queue holds is closed by whoever drops the socket, which is
 * in a message itself; and to close what somebody else has written to takes
 * writing that down.
 */
static void
send_bomb(const char *directory, const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	socklen_t length;
	int fd, other, pair[2], s = socket(AF_UNIX, SOCK_DGRAM, 0);

	*lookups = -1;
	fd = open_in(directory);
	other = open_in(directory);
	if (s == -1 || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == -1)
		err(1, "socket");
	send_with(pair[0], fd);
	close(fd);
	if (write(other, "x", 1) == -1)
		err(NONE, "write");
	*held = true;
	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	length = (socklen_t)sizeof to;
	if (path[0] == '@') {
		length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
		    strlen(path));
		to.sun_path[0] = '\0';
	}
	if (connect(s, (struct sockaddr *)&to, length) == -1)
		err(1, "%s", path);
	for (int i = 0; i < FIRST_MESSAGES; i++)
		(void)send(s, "X=1", 3, MSG_DONTWAIT);
	send_with(s, pair[1]);
	close(pair[0]);
	close(pair[1]);
}

static void __attribute__((noreturn))
use(char **argv)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		err(1, "prctl");
	if (strcmp(argv[2], "lookup") == 0)
		*lookups = atoi(argv[3]);
	else
		send_bomb(argv[1], argv[3]);
	printf("ready\n");
	fflush(stdout);
	for (;;)
		pause();
}

/* Who cannot use it has said why: then nobody serves. */
static void
end_with_it(int unused)
{
	int status;

	(void)unused;
	if (wait(&status) != -1)
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* Who serves is the one to be killed: then nothing hangs any more. */
int
main(int argc, char **argv)
{
	const struct sigaction end = { .sa_handler = end_with_it };
	int fd;

	if (argc != 4)
		errx(1, "usage: hang DIRECTORY lookup N | close SOCKET");
	fd = set_up(argv[1]);
	if (sigaction(SIGCHLD, &end, NULL) == -1)
		err(1, "sigaction");
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		close(fd);
		use(argv);
	default:
		serve(fd);
	}
}
