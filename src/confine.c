/* SPDX-License-Identifier: ISC
 *
 * Confinement: what is asked for, and whether the kernel really does it.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "confine.h"
#include "landlock.h"
#include "netfilter.h"
#include "parse.h"
#include "resolve.h"

/* Inside a new root, nothing is relative to the caller. */
static int
add_grants(const struct daemon_spec *spec, const struct words *list, int what,
    struct confinement *c, struct fault *fault)
{
	char *path;
	int error;

	for (size_t i = 0; i < list->count; i++) {
		struct grant *grant = &c->grant[c->grants++];

		grant->asked = list->word[i];
		grant->what = what;
		if (spec->chroot == NULL) {
			error = resolve_path(grant->asked, &grant->path, fault);
			if (error != 0)
				return error;
		} else if (asprintf(&path, "/%s", grant->asked) == -1)
			return fault_set(fault, STEP_path, ENOMEM,
			    grant->asked);
		else
			grant->path = path;
	}
	return 0;
}

static int
add_ports(const struct words *list, uint16_t **port, size_t *count,
    struct fault *fault)
{
	*port = calloc(list->count + 1, sizeof **port);
	if (*port == NULL)
		return fault_set(fault, STEP_command_line, ENOMEM, NULL);
	for (size_t i = 0; i < list->count; i++)
		(void)parse_port(list->word[i], &(*port)[(*count)++]);
	return 0;
}

int
confinement_resolve(const struct daemon_spec *spec, struct confinement *c,
    struct fault *fault)
{
	size_t paths = spec->ro.count + spec->rw.count;
	int error;

	c->files = paths > 0;
	c->ports = spec->no_net || spec->bind_ports.count > 0 ||
	    spec->connect_ports.count > 0;
	if (!c->files && !c->ports)
		return 0;
	c->grant = calloc(paths + 1, sizeof *c->grant);
	if (c->grant == NULL)
		return fault_set(fault, STEP_path, ENOMEM, NULL);
	if ((error = add_grants(spec, &spec->ro, ALLOW_READ | ALLOW_EXECUTE,
	    c, fault)) != 0 ||
	    (error = add_grants(spec, &spec->rw, ALLOW_READ | ALLOW_WRITE,
	    c, fault)) != 0 ||
	    (error = add_ports(&spec->bind_ports, &c->bind, &c->binds,
	    fault)) != 0)
		return error;
	return add_ports(&spec->connect_ports, &c->connect, &c->connects,
	    fault);
}

int
confinement_needs(const struct confinement *c)
{
	return c->ports ? LANDLOCK_PORTS : LANDLOCK_FILES;
}

/* Is it this very path that something is allowed for? */
static bool
is_granted(const struct confinement *c, const char *path, int what)
{
	struct stat a, b;

	for (size_t i = 0; i < c->grants; i++)
		if ((c->grant[i].what & what) == what &&
		    stat(path, &a) == 0 && stat(c->grant[i].path, &b) == 0 &&
		    a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return true;
	return false;
}

/* Open it and close it again: 0 or an errno value. */
static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd == -1)
		return errno;
	close(fd);
	return 0;
}

/* What nobody has allowed, and what nothing but the ruleset denies. */
struct attempt {
	const char	*path;
	int		 flags;
	bool		 tells;		/* it worked before */
};

static void
try_before(const struct confinement *c, struct attempt *list)
{
	if (!c->files)
		return;
	list[0].tells = !is_granted(c, "/", ALLOW_READ) &&
	    try_open("/", O_RDONLY | O_DIRECTORY) == 0;
	list[0].path = "/";
	list[0].flags = O_RDONLY | O_DIRECTORY;
	list[1].tells = !is_granted(c, "/", ALLOW_WRITE) &&
	    !is_granted(c, "/dev", ALLOW_WRITE) &&
	    !is_granted(c, "/dev/zero", ALLOW_WRITE) &&
	    try_open("/dev/zero", O_WRONLY) == 0;
	list[1].path = "/dev/zero";
	list[1].flags = O_WRONLY;
}

/* The last port that is not allowed: on it, bind(2) is no privilege. */
static uint16_t
denied_port(const struct confinement *c)
{
	uint16_t port = UINT16_MAX;

	for (size_t i = 0; i < c->binds; i++)
		if (c->bind[i] == port) {
			port--;
			i = (size_t)-1;
		}
	return port;
}

/* Is the network denied?  Where there is no such network, it is. */
static bool
is_net_denied(const struct confinement *c)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
	    .sin_port = htons(denied_port(c)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool denied;

	denied = fd == -1 && errno == EACCES;
	if (fd != -1)
		close(fd);
	if (!denied || c->binds + c->connects == 0)
		return denied;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return errno == EAFNOSUPPORT;
	denied = bind(fd, (const struct sockaddr *)&address,
	    sizeof address) == -1 && errno == EACCES;
	close(fd);
	return denied;
}

int
confinement_enforce(const struct confinement *c, int ruleset)
{
	struct attempt list[2] = { { .tells = false } };
	int error;

	try_before(c, list);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return errno;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return REASON_NOT_TAKEN;
	if (c->ports && (error = netfilter_enforce(c->binds + c->connects > 0,
	    c->binds > 0)) != 0)
		return error;
	if ((error = landlock_enforce(ruleset)) != 0)
		return error;
	for (int i = 0; i < 2; i++)
		if (list[i].tells &&
		    try_open(list[i].path, list[i].flags) != EACCES)
			return REASON_NOT_TAKEN;
	return !c->ports || is_net_denied(c) ? 0 : REASON_NOT_TAKEN;
}
