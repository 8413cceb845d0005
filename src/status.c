/* SPDX-License-Identifier: ISC
 *
 * The status pipe.
 */
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "status.h"

/* A message with the two texts of a fault, of fixed size too. */
_Static_assert(sizeof(struct message) + FAULT_OBJECT + FAULT_DETAIL <=
    PIPE_BUF, "a message is one write");

int
status_open(int *read_end, int *write_end)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) == -1)
		return errno;
	*read_end = fd[0];
	*write_end = fd[1];
	return 0;
}

static int
send_parts(int fd, const struct iovec *parts, int count)
{
	size_t length = 0;
	ssize_t n;

	for (int i = 0; i < count; i++)
		length += parts[i].iov_len;
	do
		n = writev(fd, parts, count);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno;
	return (size_t)n == length ? 0 : EIO;
}

int
status_send(int fd, enum message_kind kind, pid_t pid, enum step step)
{
	struct message message = { .kind = kind, .pid = pid, .step = step };
	struct iovec part = { &message, sizeof message };

	return send_parts(fd, &part, 1);
}

int
status_send_fault(int fd, const struct fault *fault)
{
	struct message message = { .kind = MESSAGE_FAIL, .pid = getpid(),
	    .step = fault->step, .error = fault->error };
	struct fault copy = *fault;
	const struct iovec parts[] = { { &message, sizeof message },
	    { copy.object, sizeof copy.object },
	    { copy.detail, sizeof copy.detail } };

	return send_parts(fd, parts, 3);
}

/* 1 all of it, 0 the end of file, -1 with errno. */
static int
receive(int fd, void *buffer, size_t size)
{
	char *at = buffer;

	while (size > 0) {
		ssize_t n = read(fd, at, size);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		at += n;
		size -= (size_t)n;
	}
	return 1;
}

int
status_receive(int fd, struct message *message, struct fault *fault)
{
	int n = receive(fd, message, sizeof *message);

	if (n != 1 || message->kind != MESSAGE_FAIL)
		return n;
	fault->step = message->step;
	fault->error = message->error;
	n = receive(fd, fault->object, sizeof fault->object);
	return n == 1 ? receive(fd, fault->detail, sizeof fault->detail) : n;
}
