/* SPDX-License-Identifier: ISC
 *
 * Confinement: what is asked for, and whether the kernel really does it.
 */
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
#include "filter.h"
#include "landlock.h"
#include "parse.h"
#include "paths.h"
#include "privs.h"
#include "resolve.h"

/*
 * Something that is to be denied, or not to be.  It is tried before and after
 * the confinement: another security module says the same both times.
 */
struct attempt {
	int		(*how)(const struct attempt *);
	bool		 denied;
	const struct confinement *confinement;	/* of a grant: */
	const struct grant *grant;
	const char	*path;
	int		 flags;
	uint16_t	 port;
	bool		 connects;
};

enum { DENIED = 4 };	/* attempts that are, at most */

static int
add_grants(const struct daemon_spec *spec, const struct words *list, int what,
    struct confinement *c, struct fault *fault)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < list->count; i++) {
		struct grant *grant = &c->grant[c->grants++];

		grant->asked = list->word[i];
		grant->what = what;
		error = resolve_inside(spec, grant->asked, &grant->path,
		    fault);
	}
	return error;
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
confinement_resolve(const struct daemon_spec *spec,
    const struct account *account, struct confinement *c, struct fault *fault)
{
	size_t paths = spec->ro.count + spec->rw.count;
	size_t ports = spec->bind_ports.count + spec->connect_ports.count;
	int error;

	c->files = paths > 0;
	c->ports = spec->no_net || ports > 0;
	if (!c->files && !c->ports)
		return 0;
	c->account = account;
	c->caller = geteuid();
	c->grant = calloc(paths + 1, sizeof *c->grant);
	c->attempt = calloc(DENIED + paths + ports, sizeof *c->attempt);
	if (c->grant == NULL || c->attempt == NULL)
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
		    same_file(&a, &b))
			return true;
	return false;
}

/* Each way is EACCES if it is denied, 0 if not, or what tells nothing. */

static int
open_once(int dir, const char *path, int flags)
{
	int fd = openat(dir, path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd == -1)
		return errno;
	close(fd);
	return 0;
}

static int
try_open(const struct attempt *a)
{
	return open_once(AT_FDCWD, a->path, a->flags);
}

/* To open a FIFO or a device may mean something to somebody. */
static int
open_again(int fd, int flags)
{
	char name[40] = ".";
	struct stat st;

	if (fstat(fd, &st) == -1)
		return errno;
	if (S_ISREG(st.st_mode))
		snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	else if (!S_ISDIR(st.st_mode))
		return ENOTSUP;
	return open_once(fd, name, flags);
}

/*
 * By the walk that found what is granted; what is held is not exchanged.  To
 * a child, /proc/self is another place, and to who is confined another's
 * /proc/PID/root is none: only what the grant is of can be denied.
 */
static int
try_grant(const struct attempt *a)
{
	struct stat st;
	int error, fd;

	if (place_open(a->grant->path, a->confinement->account,
	    a->confinement->caller, &fd) != 0)
		return ENOENT;
	error = fstat(fd, &st) == 0 && same_file(&st, &a->grant->st) ?
	    open_again(fd, a->flags) : ENOENT;
	close(fd);
	return error;
}

static int
try_udp(const struct attempt *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)a;
	if (fd == -1)
		return errno == EACCES ? EACCES : 0;
	close(fd);
	return 0;
}

/*
 * An address that no machine has (TEST-NET-1), and one that TCP does not send
 * to.  Landlock is asked before the kernel sees that.
 */
static int
try_port(const struct attempt *a)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
	    .sin_port = htons(a->port), .sin_addr.s_addr =
	    htonl(a->connects ? INADDR_BROADCAST : 0xc0000201) };
	const struct sockaddr *address = (const struct sockaddr *)&to;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	int error;

	if (fd == -1)
		return errno;
	error = (a->connects ? connect(fd, address, sizeof to) :
	    bind(fd, address, sizeof to)) == -1 ? errno : 0;
	close(fd);
	return error == EACCES ? EACCES : 0;
}

/* The last port that is not allowed. */
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

/* What is not possible now would tell nothing afterwards. */
static void
try_now(const struct confinement *c, size_t *count, struct attempt a)
{
	if (a.how(&a) == 0)
		c->attempt[(*count)++] = a;
}

static void
try_files(const struct confinement *c, size_t *count)
{
	if (!is_granted(c, "/", ALLOW_READ))
		try_now(c, count, (struct attempt){ .how = try_open,
		    .denied = true, .path = "/",
		    .flags = O_RDONLY | O_DIRECTORY });
	if (!is_granted(c, "/", ALLOW_WRITE) &&
	    !is_granted(c, "/dev", ALLOW_WRITE) &&
	    !is_granted(c, "/dev/zero", ALLOW_WRITE))
		try_now(c, count, (struct attempt){ .how = try_open,
		    .denied = true, .path = "/dev/zero", .flags = O_WRONLY });
	for (size_t i = 0; i < c->grants; i++)
		try_now(c, count, (struct attempt){ .how = try_grant,
		    .confinement = c, .grant = &c->grant[i],
		    .flags = O_RDONLY });
}

static void
try_network(const struct confinement *c, size_t *count)
{
	try_now(c, count, (struct attempt){ .how = try_udp,
	    .denied = true });
	if (c->binds + c->connects > 0)
		try_now(c, count, (struct attempt){ .how = try_port,
		    .denied = true, .port = denied_port(c) });
	for (size_t i = 0; i < c->binds; i++)
		try_now(c, count, (struct attempt){ .how = try_port,
		    .port = c->bind[i] });
	for (size_t i = 0; i < c->connects; i++)
		try_now(c, count, (struct attempt){ .how = try_port,
		    .port = c->connect[i], .connects = true });
}

int
confinement_enforce(const struct confinement *c, int ruleset)
{
	size_t count = 0;
	int error;

	if (c->files)
		try_files(c, &count);
	if (c->ports)
		try_network(c, &count);
	if ((error = privs_forbid_new()) != 0)
		return error;
	if (c->ports && (error = filter_network(c->binds + c->connects > 0,
	    c->binds > 0)) != 0)
		return error;
	if ((error = landlock_enforce(ruleset)) != 0)
		return error;
	for (size_t i = 0; i < count; i++)
		if ((c->attempt[i].how(&c->attempt[i]) == EACCES) !=
		    c->attempt[i].denied)
			return REASON_NOT_TAKEN;
	return 0;
}
