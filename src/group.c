/* SPDX-License-Identifier: ISC
 *
 * The process group that a daemon leads, or has led.  Its number cannot mean
 * another group as long as it has members; the session tells them from those of
 * a later one.  Each member is held by a pidfd before it is looked at.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <unistd.h>

#include "control.h"
#include "parse.h"
#include "pidfd.h"
#include "privs.h"
#include "proc.h"
#include "report.h"

/* Among others that fork all the time; each look may meet one more of them. */
#define LOOKS		3
#define LOOKS_TO_KILL	100

/* 0: a member; ESRCH: none, or dead; or why nobody can tell. */
static int
look_at_member(pid_t pid, const struct target *t)
{
	pid_t of;

	if (getpgid(pid) != t->pid)
		return ESRCH;
	if ((of = getsid(pid)) == -1)
		return errno;
	/* One that cannot be read is not known to be dead. */
	return of != t->session || pid_is_zombie(pid) ? ESRCH : 0;
}

/* 0, an errno value or a reason; ESRCH: it is no member. */
static int
signal_member(pid_t pid, const struct target *t, int signal)
{
	int pidfd = pidfd_open_of(pid), owner, error;

	/*
	 * EPERM is a filter's.  Kernels differ in what they call one that has
	 * just ended.
	 */
	if (pidfd == -1 && (error = errno) != ENOSYS && error != EPERM)
		return getpgid(pid) == t->pid ? error : ESRCH;
	/* In this order: one that ends meanwhile has no owner. */
	owner = pidfile_vouches(t->files.uid, pid);
	error = look_at_member(pid, t);
	if (error == 0)
		error = owner;
	if (error == 0)
		error = pidfd_or_kill(pidfd, pid, signal);
	if (pidfd != -1)
		close(pidfd);
	return error;
}

/* What was found by going once through all that /proc shows. */
struct look {
	int	result;		/* ESRCH: no member that lives */
	int	alive;
	int	dead;		/* who has the group's number all the same */
	long	numbers;	/* the sum of all their numbers */
	bool	missed;		/* somebody has ended meanwhile */
};

static void
look_at(pid_t pid, const struct target *t, int signal, struct look *look)
{
	pid_t group = getpgid(pid);
	int error = group == -1 ? errno : 0;

	if (error == ESRCH)
		look->missed = true;
	if (error == ESRCH || (error == 0 && group != t->pid))
		return;
	if (error == 0)
		error = signal_member(pid, t, signal);
	look->numbers += pid;
	if (error == ESRCH) {
		look->dead++;
		return;
	}
	look->alive++;
	/* One that is there, and cannot be signalled, is said. */
	if (look->result == ESRCH || error != 0)
		look->result = error;
}

static struct look
look_at_all(const struct target *t, int signal)
{
	struct look look = { .result = ESRCH };
	const struct dirent *entry;
	DIR *dir = opendir("/proc");
	int pid;

	if (dir == NULL) {
		look.result = errno;
		return look;
	}
	for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0)
		if (parse_fd(entry->d_name, &pid) == 0 && pid > 0)
			look_at(pid, t, signal, &look);
	/* What has not been read may have more of them. */
	if (look.result == ESRCH && errno != 0)
		look.result = errno;
	closedir(dir);
	return look;
}

/*
 * Whoever has a child, and ends before it is its turn, hides it: the number may
 * be one that was passed already.  Nobody was, if all is as it was before.
 */
static bool
is_all(const struct look *look, const struct look *before)
{
	return !look->missed && look->alive + look->dead > 0 &&
	    look->alive == before->alive && look->dead == before->dead &&
	    look->numbers == before->numbers;
}

static bool
sees_all(void)
{
	bool capable;

	return !proc_hides() ||
	    (privs_have(CAP_SYS_PTRACE, &capable) == 0 && capable);
}

/*
 * The kernel knows whether there is a group of this number at all, but does not
 * tell zombies: those are who stays as he is, where nobody is hidden.
 */
int
group_signal(const struct target *t, int signal)
{
	const int limit = signal == SIGKILL ? LOOKS_TO_KILL : LOOKS;
	struct look look = { .result = ESRCH }, before;
	int exists = 0;

	if (!proc_is_ours())
		return REASON_NO_PROC;
	if (target_is_another(t))
		return ESRCH;
	for (int i = 0; i < limit; i++) {
		before = look;
		look = look_at_all(t, signal);
		if (look.result != ESRCH && (look.result != 0 ||
		    signal != SIGKILL))
			return look.result;
		exists = kill(-t->pid, 0) == -1 ? errno : 0;
		if (exists == ESRCH)
			return ESRCH;
		if (!is_all(&look, &before))
			continue;
		/* Who has got SIGKILL bears nobody any more. */
		return look.result == ESRCH && !sees_all() ? exists :
		    look.result;
	}
	return look.result == ESRCH ? exists : look.result;
}
