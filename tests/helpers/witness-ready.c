/* SPDX-License-Identifier: ISC
 *
 * What the witness may use, and how it gets ready.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "witness.h"

enum { DESCRIPTORS = 128 };

/* From this word on: what is before it is different each time. */
static void
say_file(const char *name, const char *path, const char *from)
{
	char content[64] = "-";
	const char *begin;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, content, sizeof(content) - 1);

	if (fd != -1)
		close(fd);
	if (n != -1)
		content[n] = '\0';
	content[strcspn(content, "\n")] = '\0';
	for (char *p = content; (p = strchr(p, ' ')) != NULL;)
		*p = '_';
	begin = strstr(content, from);
	say(" %s=%s", name, begin != NULL ? begin : content);
}

static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd == -1)
		return errno;
	close(fd);
	return 0;
}

static int
try_bind(int type, int port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
	    .sin_port = htons((in_port_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), error = 0;

	if (fd == -1)
		return errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == -1)
		error = errno;
	close(fd);
	return error;
}

static void
say_confinement(void)
{
	say(" seccomp=%d open=%d,%d,%d,%d net=%d,%d,%d",
	    prctl(PR_GET_SECCOMP, 0, 0, 0, 0), try_open("/", O_RDONLY),
	    try_open("/dev/zero", O_WRONLY), try_open("/etc/passwd", O_RDONLY),
	    try_open("/run/w/place/theirs", O_RDONLY),
	    try_bind(SOCK_STREAM, 7101), try_bind(SOCK_STREAM, 7102),
	    try_bind(SOCK_DGRAM, 7101));
}

static void
say_socket(int fd)
{
	struct sockaddr_storage a = { 0 };
	const struct sockaddr_un *un = (const struct sockaddr_un *)&a;
	const struct sockaddr_in *in = (const struct sockaddr_in *)&a;
	socklen_t size = sizeof(a), length = sizeof(int);
	int type = -1, accepts = -1;

	if (getsockname(fd, (struct sockaddr *)&a, &size) == -1)
		return;
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
	getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &length);
	say(" socket%d=%d,%d,%d,", fd, a.ss_family, type, accepts);
	if (a.ss_family == AF_UNIX)
		say("%s", un->sun_path);
	else
		say("%d", ntohs(in->sin_port));
}

static void
say_sockets(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");

	for (int i = 0; i < DESCRIPTORS; i++)
		say_socket(i);
	say(" listen=%s,%s,%s notify=%d", pid != NULL &&
	    atoi(pid) == getpid() ? "self" : "-", n != NULL ? n : "-",
	    names != NULL ? names : "-", getenv("NOTIFY_SOCKET") != NULL);
}

void
say_allowances(void)
{
	unsigned long cpus[16] = { 0 };
	struct sched_param param = { 0 };

	(void)sched_getparam(0, &param);
	say(" ioprio=%ld priority=%d", syscall(SYS_ioprio_get, 1, 0),
	    param.sched_priority);
	(void)syscall(SYS_sched_getaffinity, 0, sizeof(cpus), cpus);
	say(" cpus=%lx", cpus[0]);
	say_file("oom", "/proc/self/oom_score_adj", "");
	say_file("session-nice", "/proc/self/autogroup", "nice");
	say_confinement();
	say_sockets();
}

void
go_on_in_background(char *const *words)
{
	pid_t before = getpid();

	for (; *words != NULL; words++)
		if (strcmp(*words, "background") == 0)
			break;
	if (*words == NULL)
		return;
	if (fork() != 0)
		_exit(0);
	/* Only one of us is there when somebody looks. */
	while (getppid() == before)
		usleep(1000);
}

/* It is closed by whoever has read all that came before. */
static void
send_barrier(int fd, struct sockaddr_un *to, socklen_t length)
{
	static char text[] = "BARRIER=1";
	union {
		char		space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr	header;
	} control = { .space = { 0 } };
	struct iovec part = { text, sizeof(text) - 1 };
	struct msghdr message = { .msg_name = to, .msg_namelen = length,
	    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space,
	    .msg_controllen = sizeof(control.space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &(int){ STDIN_FILENO }, sizeof(int));
	(void)sendmsg(fd, &message, MSG_NOSIGNAL);
}

static void
notify(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[64];
	int n = snprintf(text, sizeof(text), "MAINPID=%d\nREADY=1",
	    (int)getpid());
	size_t length;

	if (fd == -1 || path == NULL ||
	    (length = strlen(path)) >= sizeof(a.sun_path))
		return;
	memcpy(a.sun_path, path, length);
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	length += offsetof(struct sockaddr_un, sun_path);
	(void)sendto(fd, text, (size_t)n, MSG_NOSIGNAL, (struct sockaddr *)&a,
	    (socklen_t)length);
	send_barrier(fd, &a, (socklen_t)length);
	close(fd);
}

static void
listen_on(int port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
	    .sin_port = htons((in_port_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		(void)listen(fd, 1);
}

/*
 * All at once, since it may be killed here.  Where nobody reads any more, it
 * lives on all the same.
 */
static void
write_line(int fd, const char *text)
{
	signal(SIGPIPE, SIG_IGN);
	(void)dprintf(fd, "%s\n", text);
}

/* false: it is no way to get ready. */
static bool
act(const char *word, const char *value)
{
	int fd;

	if (strncmp(word, "notify", 6) == 0) {
		notify();
	} else if (strncmp(word, "fd=", 3) == 0) {
		write_line(atoi(value), "");
		close(atoi(value));
	} else if (strncmp(word, "file=", 5) == 0) {
		fd = open(value, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		close(fd);
	} else if (strncmp(word, "say=", 4) == 0) {
		write_line(STDOUT_FILENO, value);
	} else if (strncmp(word, "listen=", 7) == 0) {
		listen_on(atoi(value));
	} else {
		return false;
	}
	return true;
}

void
get_ready(const char *fifo, char *const *words)
{
	/* It is true in time: whoever hears of the rest has heard of this. */
	for (char *const *w = words; *w != NULL; w++)
		if (strcmp(*w, "die") != 0 && strcmp(*w, "stubborn") != 0 &&
		    strcmp(*w, "background") != 0) {
			(void)tell(fifo, "ready\n", 6);
			break;
		}
	for (; *words != NULL; words++) {
		const char *value = strchr(*words, '=');

		if (!act(*words, value != NULL ? value + 1 : "") &&
		    strcmp(*words, "die") == 0)
			_exit(3);
	}
}
