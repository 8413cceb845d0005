/* SPDX-License-Identifier: ISC
 *
 * The program under test on a machine where nobody has mounted /proc: in its
 * place, and with its arguments and all else that it was given.  The probe,
 * and nothing else, finds what it has to report in /proc/real.
 *
 * Who may not mount sees /proc all the same.
 */
#include <sys/mount.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

/* Without a descriptor to spare the probe sees nothing, either. */
static int
hide(void)
{
	int here = open(".", O_PATH | O_CLOEXEC);
	int proc = open("/proc", O_PATH | O_CLOEXEC);

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("none", "/proc", "tmpfs", 0, NULL) == -1)
		return -1;
	if (here != -1 && proc != -1 && (mkdir("/proc/real", 0755) == -1 ||
	    fchdir(proc) == -1 ||
	    mount(".", "/proc/real", NULL, MS_BIND, NULL) == -1 ||
	    fchdir(here) == -1))
		return -1;
	close(proc);
	close(here);
	return mount(NULL, "/proc", NULL, MS_REMOUNT | MS_RDONLY, NULL);
}

int
main(int argc, char *argv[])
{
	(void)argc;
	if (unshare(CLONE_NEWNS) == 0 && hide() == -1)
		return 125;
	execv(DAEMONIZE, argv);
	return 125;
}
