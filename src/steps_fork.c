/* SPDX-License-Identifier: ISC
 *
 * The two forks, and the steps of the middle between them.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "fds.h"
#include "others.h"
#include "proc.h"
#include "report.h"
#include "steps.h"
#include "steps_run.h"

/* Many times what the steps need. */
#define MIDDLE_STACK	(64 * 1024)
#define DAEMON_STACK	(192 * 1024)
#define STACK_ALIGNED	__attribute__((aligned(64)))

/* The kernel notes when a child begins, and when it leaves the memory. */
#define TELL_INSIDE	(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)

/* Sanitizers know nothing of stacks that we make, valgrind of such clones. */
#if defined __SANITIZE_ADDRESS__ || defined PLAIN_FORK
#define SHARE_MEMORY	false
#else
#define SHARE_MEMORY	true
#endif

static int
be_middle(void *launch)
{
	launch_child(launch, MIDDLE);
}

static int
be_daemon(void *launch)
{
	launch_child(launch, DAEMON);
}

/*
 * What the children have of the front's memory, and what they find out in it.
 * Not mapped: two system calls, and page tables, for each start.
 */
static struct {
	char		stacks[MIDDLE_STACK + DAEMON_STACK] STACK_ALIGNED;
	struct told	told;
} shared;

_Static_assert(sizeof shared.told.inside == sizeof(pid_t),
    "the kernel writes a pid");

/*
 * Both forks share memory, as posix_spawn(3)'s does: copying the page tables
 * twice, and faulting in what was copied, would cost a third of a whole start.
 * Each child works on a launch of its own, on a stack that nobody else uses.
 * The front sleeps until the middle has ended (whoever could stop that could
 * stop the front, too), but works beside the daemon: until that has executed or
 * is dead, it only waits for the pipe to close, and touches nothing that is
 * shared, unless it gives the start up.  What is passed through memory is never
 * needed: where a sandbox or an emulator does not know these flags, it is a
 * plain fork(2).
 */
static pid_t
make_process(int (*be)(void *), char *stack, int flags, struct launch *l)
{
	pid_t pid = SHARE_MEMORY ? clone(be, stack, flags | SIGCHLD, l,
	    &shared.told.middle, NULL, &shared.told.inside) : -1;

	if (SHARE_MEMORY && (pid != -1 || errno != EINVAL))
		return pid;
	pid = fork();
	return pid == 0 ? be(l) : pid;
}

static char *
child_stack(enum process process)
{
	return shared.stacks +
	    (process == MIDDLE ? sizeof shared.stacks : DAEMON_STACK);
}

int
step_fork(struct launch *l)
{
	l->told = &shared.told;
	atomic_init(&l->told->inside, -1);
	l->middle = make_process(be_middle, child_stack(MIDDLE),
	    CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID |
	    (l->shares ? CLONE_FILES : 0), l);
	return l->middle == -1 ? errno : 0;
}

/* The middle's steps. */

/* Until then, nobody but the front closes anything. */
int
step_table(struct launch *l)
{
	int error = l->shares ? fds_leave(OTHERS_FIRST) : 0;

	/* Or else no EPIPE would tell the daemon that the front is gone. */
	if (error == 0)
		close(l->status_read);
	return error;
}

int
step_setsid(struct launch *l)
{
	(void)l;
	if (setsid() == -1)
		return errno;
	return getsid(0) == getpid() ? 0 : REASON_NOT_TAKEN;
}

/*
 * Whoever may trace the daemon could, in memory that is shared, have the front
 * do what he likes.  When ids change, the kernel lets nobody any more, unless
 * it is told to (proc_sys_fs(5)); when only capabilities go, it lets those who
 * have as few.
 */
static bool
may_be_traced(const struct launch *l)
{
	const struct account *account = &l->to->account;
	char value[2];

	if (!account->differs || (account->uid == geteuid() &&
	    account->gid == getegid()))
		return step_applies(STEP_capabilities, DAEMON, l);
	return proc_read_text("/proc/sys/fs/suid_dumpable", value,
	    sizeof value) <= 0 || value[0] == '1';
}

/*
 * Not a session leader, the daemon can never get a controlling terminal.  The
 * front is its parent at once: were it ours until we end, it would be in an
 * orphaned process group from then on, and if it had stopped itself by then
 * the kernel would send it SIGHUP.
 */
int
step_refork(struct launch *l)
{
	/* An OOM score is that of all who share memory. */
	bool shares_memory = SHARE_MEMORY && !l->spec->sched.oom_asked &&
	    !may_be_traced(l);
	pid_t daemon;

	/* The front could not wait for it, nor say which one it is. */
	if (l->told->middle != 0 && l->told->middle != getpid())
		return REASON_OTHER_PIDS;
	daemon = make_process(be_daemon, child_stack(DAEMON),
	    CLONE_PARENT | (shares_memory ? CLONE_VM | TELL_INSIDE : 0), l);

	if (daemon == -1)
		return errno;
	l->told->pid = daemon;
	if (!shares_memory)
		return 0;
	/* It is only now woken up, and has other things to do first. */
	if (l->to->pidfile != NULL)
		identity_tell(l->told);
	return 0;
}
