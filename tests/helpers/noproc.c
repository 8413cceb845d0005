/* SPDX-License-Identifier: ISC
 *
 * The program under test on a machine where nobody has mounted /proc: in its
 * place, and with its arguments and all else that it was given.
 *
 * Who may not mount sees /proc all the same.
 */
#include <sys/mount.h>

#include <sched.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	(void)argc;
	if (unshare(CLONE_NEWNS) == 0 &&
	    (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("none", "/proc", "tmpfs", MS_RDONLY, NULL) == -1))
		return 125;
	execv(DAEMONIZE, argv);
	return 125;
}
