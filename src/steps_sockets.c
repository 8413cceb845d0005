/* SPDX-License-Identifier: ISC
 *
 * The steps of --listen.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sockets.h"
#include "steps_run.h"

/* Descriptor 0 is always there, and as good as any other for that. */
int
step_slots(struct launch *l)
{
	for (int i = 0; i < (int)l->spec->listen_count; i++) {
		char number[16];

		snprintf(number, sizeof number, "%d", SOCKETS_FIRST + i);
		step_object(l, number);
		/* EBADF is how dup3(2) calls the limit of descriptors. */
		if (dup3(STDIN_FILENO, SOCKETS_FIRST + i, O_CLOEXEC) == -1)
			return errno == EBADF ? EMFILE : errno;
	}
	return 0;
}

/* The port is at the same place for both. */
static bool
is_privileged(const union address *a)
{
	return ntohs(a->in.sin_port) < IPPORT_RESERVED;
}

/* What errno's words leave open. */
static int
say_more(struct launch *l, const struct listen *asked, int error)
{
	bool internet = asked->address.any.sa_family != AF_UNIX;

	if (error == EADDRINUSE)
		fault_detail(&l->fault, "another socket has it");
	else if (error == EACCES && internet &&
	    is_privileged(&asked->address))
		fault_detail(&l->fault, "such a port needs privileges");
	else if (error == EADDRNOTAVAIL)
		fault_detail(&l->fault, "this machine has no such address");
	else if (error == EAFNOSUPPORT && internet)
		fault_detail(&l->fault, "the kernel has no such network");
	return error;
}

static int
open_socket(struct launch *l, int i)
{
	const struct listen *asked = &l->spec->listen[i];
	const struct account *account = &l->to->account;
	struct bound *b = &l->bound[i];
	int error;

	step_object(l, asked->asked);
	if (listen_is_path(asked)) {
		error = socket_find(asked, account, b);
		if (error == 0 && pidfile_needs_place(&l->pidfile, &b->place))
			error = REASON_NAME_TAKEN;
		if (error != 0)
			return step_blame(l, &b->place, error);
	}
	error = socket_open(asked, account, &l->to->listen_owners[i], b,
	    SOCKETS_FIRST + i);
	return say_more(l, asked, error);
}

int
step_sockets(struct launch *l)
{
	size_t count = l->spec->listen_count;
	int error = 0;

	l->bound = calloc(count, sizeof *l->bound);
	if (l->bound == NULL)
		return ENOMEM;
	for (size_t i = 0; i < count; i++)
		l->bound[i].place.dir = -1;
	for (size_t i = 0; error == 0 && i < count; i++)
		error = open_socket(l, (int)i);
	return error;
}
