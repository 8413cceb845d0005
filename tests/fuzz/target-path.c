/* SPDX-License-Identifier: ISC
 *
 * The walk along a path comes to where the kernel's own walk below a root
 * comes to (openat2(2), RESOLVE_IN_ROOT), or both come nowhere.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "paths.h"
#include "report.h"

#include "fuzz.h"

#ifndef SYS_openat2
#define SYS_openat2	437
#endif

static const struct {
	const char *name, *target;	/* NULL: a directory */
} tree[] = { { "a", NULL }, { "a/b", NULL }, { "a/b/c", NULL },
    { "d", NULL }, { "a/up", ".." }, { "a/abs", "/d" }, { "a/b/far", "/a/b" },
    { "loop", "loop" }, { "d/a", "../a/b/../up" }, { "root", "/" },
    { "dots", "../../../.." }, { "gone", "nothing" }, { "sl", "a///b/" },
    { "self", "." } };

/* Made once, below TMPDIR, which whoever runs this removes. */
static int
make_tree(void)
{
	const char *tmp = getenv("TMPDIR");
	char dir[4096];
	int root;

	snprintf(dir, sizeof dir, "%s/fuzz.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	check(mkdtemp(dir) != NULL);
	root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < sizeof tree / sizeof tree[0]; i++)
		check((tree[i].target == NULL ?
		    mkdirat(root, tree[i].name, 0755) :
		    symlinkat(tree[i].target, root, tree[i].name)) == 0);
	return root;
}

static int
kernel_opens(int root, const char *path)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = { O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0x10 };
	int fd, loops = 0;

	/*
	 * EAGAIN: something was renamed meanwhile, anywhere, at a "..".  ELOOP:
	 * too many links, or something was mounted meanwhile, anywhere, and the
	 * kernel has walked twice and counted both.
	 */
	do
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
	while (fd == -1 && (errno == EAGAIN ||
	    (errno == ELOOP && ++loops < 20)));
	return fd;
}

FUZZ_TARGET(path)
{
	static const struct account account;
	static int root = -1;
	struct place place;
	struct stat a, b;
	char *text;
	int fd, error;

	/* What links add must fit, too: we have no more room than that. */
	if (size > 3000)
		return;
	if (root == -1)
		root = make_tree();
	text = fuzz_text(data, size);
	error = place_enter(root, text, &account, &place);
	fd = kernel_opens(root, text[0] != '\0' ? text : ".");
	if (fd == -1 && errno == ENOSYS)
		fd = error == 0 ? dup(place.dir) : -1;
	check((error == 0) == (fd != -1));
	if (error == 0) {
		check(fstat(place.dir, &a) == 0 && fstat(fd, &b) == 0);
		check(a.st_dev == b.st_dev && a.st_ino == b.st_ino);
		close(fd);
	}
	place_close(&place);
	if (place_find(root, text, &account, &place) == 0)
		check(place.name[0] != '\0' &&
		    strchr(place.name, '/') == NULL);
	place_close(&place);
	free(text);
}
