/* SPDX-License-Identifier: ISC
 *
 * Asking the kernel for listening UNIX sockets.
 */
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "unixdiag.h"

#define ANSWER_MAX	32768	/* what the kernel puts into one at most */
#define NAME_TEXT	(sizeof((struct sockaddr_un *)0)->sun_path + 1)
#define LISTENING	10	/* TCP_LISTEN, whatever the protocol */

struct request {
	struct nlmsghdr		header;
	struct unix_diag_req	unix_diag;
};

struct visitor {
	void	(*tell)(const struct unixdiag *, void *);
	void	*context;
};

/* Aligned as messages are. */
union answer {
	struct nlmsghdr	header;
	char		space[ANSWER_MAX];
};

static int
ask(int fd)
{
	const struct request r = {
	    .header = { .nlmsg_len = sizeof r,
		.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	    .unix_diag = { .sdiag_family = AF_UNIX,
		.udiag_states = 1U << LISTENING,
		.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS } };

	return send(fd, &r, sizeof r, 0) == -1 ? errno : 0;
}

static void
read_name(const char *name, size_t n, char text[NAME_TEXT])
{
	bool abstract = n > 0 && name[0] == '\0';

	if (n > NAME_TEXT - 1)
		n = NAME_TEXT - 1;
	memcpy(text, name, n);
	text[n] = '\0';
	for (size_t i = 0; abstract && i < n; i++)
		if (text[i] == '\0')
			text[i] = '@';
}

/* The kernel's own device number is neither a user's nor the C library's. */
static void
read_file(const char *data, size_t n, struct unixdiag *s)
{
	struct unix_diag_vfs vfs;

	if (n < sizeof vfs)
		return;
	memcpy(&vfs, data, sizeof vfs);
	s->has_file = true;
	s->file = vfs.udiag_vfs_ino;
	s->device = makedev(vfs.udiag_vfs_dev >> 20,
	    vfs.udiag_vfs_dev & 0xfffff);
}

static void
take_socket(const struct visitor *v, struct nlmsghdr *header)
{
	const struct unix_diag_msg *message = NLMSG_DATA(header);
	const size_t before = NLMSG_SPACE(sizeof *message);
	const char *p = (const char *)header + before;
	size_t left = header->nlmsg_len < before ? 0 :
	    header->nlmsg_len - before;
	struct unixdiag s = { .inode = message->udiag_ino };
	char name[NAME_TEXT];
	struct nlattr a;

	while (left >= sizeof a) {
		size_t length;

		memcpy(&a, p, sizeof a);
		if (a.nla_len < sizeof a || a.nla_len > left)
			return;
		length = a.nla_len - sizeof a;
		if (a.nla_type == UNIX_DIAG_NAME) {
			read_name(p + NLA_HDRLEN, length, name);
			s.name = name;
		} else if (a.nla_type == UNIX_DIAG_VFS)
			read_file(p + NLA_HDRLEN, length, &s);
		length = NLA_ALIGN((size_t)a.nla_len);
		length = length < left ? length : left;
		p += length;
		left -= length;
	}
	if (s.name != NULL)
		v->tell(&s, v->context);
}

/* -1: there is more to come. */
static int
take_answer(const struct visitor *v, struct nlmsghdr *h, size_t length)
{
	for (; NLMSG_OK(h, length); h = NLMSG_NEXT(h, length)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return 0;
		if (h->nlmsg_type == NLMSG_ERROR)
			return EPROTO;
		if (h->nlmsg_type == SOCK_DIAG_BY_FAMILY)
			take_socket(v, h);
	}
	return -1;
}

int
unixdiag_listeners(void (*visit)(const struct unixdiag *, void *),
    void *context)
{
	const struct visitor v = { visit, context };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
	    NETLINK_SOCK_DIAG), error = fd == -1 ? errno : ask(fd);
	union answer answer;
	ssize_t n;

	for (int more = error == 0; more;) {
		n = recv(fd, &answer, sizeof answer, 0);
		error = n == -1 ? errno : n == 0 ? EPROTO :
		    take_answer(&v, &answer.header, (size_t)n);
		more = error == -1;
	}
	if (fd != -1)
		close(fd);
	return error;
}
