/* SPDX-License-Identifier: ISC
 *
 * Landlock's three system calls.  Their names and numbers are written out,
 * because the headers that a system builds with are often older than the
 * kernel that it runs.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "landlock.h"
#include "report.h"

/* The same on every machine, as for all calls since Linux 5.1. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset	444
#define SYS_landlock_add_rule		445
#define SYS_landlock_restrict_self	446
#endif

enum { CREATE_VERSION = 1 };			/* a flag */
enum { RULE_PATH = 1, RULE_PORT = 2 };
enum { BIND_TCP = 1, CONNECT_TCP = 2 };

struct ruleset {
	uint64_t	files;
	uint64_t	ports;		/* since version 4 */
};

struct path_rule {
	uint64_t	allowed;
	int32_t		fd;
} __attribute__((packed));

struct port_rule {
	uint64_t	allowed;
	uint64_t	port;
};

/* A device node leads root to what is denied, wherever the node lies. */
enum { ALLOW_NEVER = 8 };

/*
 * Bit, in this order; the version that brought it; what it belongs to; and
 * whether it means anything for what is no directory.
 */
static const struct right {
	int	since;
	int	what;
	bool	on_file;
} rights[] = {
	{ 1, ALLOW_EXECUTE, true },	/* execute */
	{ 1, ALLOW_WRITE, true },	/* write to a file */
	{ 1, ALLOW_READ, true },	/* read a file */
	{ 1, ALLOW_READ, false },	/* list a directory */
	{ 1, ALLOW_WRITE, false },	/* remove a directory */
	{ 1, ALLOW_WRITE, false },	/* remove a file */
	{ 1, ALLOW_NEVER, false },	/* make a character device */
	{ 1, ALLOW_WRITE, false },	/* make a directory */
	{ 1, ALLOW_WRITE, false },	/* make a regular file */
	{ 1, ALLOW_WRITE, false },	/* make a socket */
	{ 1, ALLOW_WRITE, false },	/* make a FIFO */
	{ 1, ALLOW_NEVER, false },	/* make a block device */
	{ 1, ALLOW_WRITE, false },	/* make a symbolic link */
	{ 2, ALLOW_WRITE, false },	/* link or rename across directories */
	{ 3, ALLOW_WRITE, true },	/* truncate */
	{ 5, ALLOW_WRITE, true },	/* control a device, ioctl(2) */
};

static uint64_t
rights_for(int version, int what, bool is_file)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < sizeof rights / sizeof rights[0]; i++)
		if (rights[i].since <= version &&
		    (rights[i].what & what) != 0 &&
		    (rights[i].on_file || !is_file))
			bits |= (uint64_t)1 << i;
	return bits;
}

int
landlock_version(int *version)
{
	long n = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

	*version = 0;
	if (n == -1)
		return errno == ENOSYS ? REASON_NO_LANDLOCK :
		    errno == EOPNOTSUPP ? REASON_LANDLOCK_OFF : errno;
	*version = (int)n;
	return 0;
}

int
landlock_create(int version, bool files, bool ports, int *ruleset)
{
	struct ruleset denied = { 0 };

	if (files)
		denied.files = rights_for(version, ~0, false);
	if (ports)
		denied.ports = BIND_TCP | CONNECT_TCP;
	/* It is close-on-exec by itself. */
	*ruleset = (int)syscall(SYS_landlock_create_ruleset, &denied,
	    version < LANDLOCK_PORTS ? offsetof(struct ruleset, ports) :
	    sizeof denied, 0);
	return *ruleset == -1 ? errno : 0;
}

int
landlock_allow_path(int ruleset, int version, int fd, int what)
{
	struct path_rule rule = { .fd = fd };
	struct stat st;

	if (fstat(fd, &st) == -1)
		return errno;
	rule.allowed = rights_for(version, what, !S_ISDIR(st.st_mode));
	return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule,
	    0) == -1 ? errno : 0;
}

int
landlock_allow_port(int ruleset, uint16_t port, bool bind)
{
	struct port_rule rule;

	rule.allowed = bind ? BIND_TCP : CONNECT_TCP;
	rule.port = port;
	return syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule,
	    0) == -1 ? errno : 0;
}

int
landlock_enforce(int ruleset)
{
	return syscall(SYS_landlock_restrict_self, ruleset, 0) == -1 ?
	    errno : 0;
}
