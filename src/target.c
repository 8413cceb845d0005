/* SPDX-License-Identifier: ISC
 *
 * A daemon that was started before: found by its pidfile, proven by its
 * identity, held by a pidfd, so that no signal can reach anybody else.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "clock.h"
#include "control.h"
#include "pidfd.h"

/* How often to look where no pidfd tells of the end. */
#define LOOK_EVERY	10	/* milliseconds */

static bool
has_ended(const struct target *t)
{
	if (t->pidfd == -1)
		return identity_life(&t->id) == LIFE_DEAD;
	return pidfd_has_ended(t->pidfd);
}

/* Where a security module forbids to ask, it may lead one. */
static void
find_group(struct target *t)
{
	pid_t group = getpgid(t->pid);

	t->leads = group == t->pid || (group == -1 && errno != ESRCH);
	t->session = group == -1 ? -1 : getsid(t->pid);
}

/* Prove what the files say: open the process, and only then look who it is. */
static int
prove(struct target *t, struct fault *fault)
{
	enum life life = identity_open(&t->id, &t->pidfd);
	int owner = pidfile_vouches(t->files.uid, t->pid);

	find_group(t);
	if (life == LIFE_ALIVE && has_ended(t))
		life = LIFE_DEAD;
	if (life != LIFE_ALIVE) {
		t->state = life == LIFE_DEAD ? PIDFILE_STALE : PIDFILE_DOUBT;
		return 0;
	}
	fault->error = owner;
	return owner == 0 ? 0 :
	    fault_detail(fault, "user %u", (unsigned)t->files.uid);
}

bool
target_is_another(const struct target *t)
{
	const struct identity *id = &t->id;
	struct identity now;

	return has_ended(t) && identity_of(t->pid, &now) == 0 &&
	    ((now.inode != 0 && id->inode != 0 && now.inode != id->inode) ||
	    (now.start != 0 && id->start != 0 && now.start != id->start));
}

void
target_init(struct target *t)
{
	*t = (struct target){ .pidfd = -1, .signals = -1 };
	pidfile_init(&t->files);
}

int
target_place(struct target *t, const char *path, struct fault *fault)
{
	target_init(t);
	fault->error = pidfile_find_to_read(&t->files, path);
	/* A directory that is not there holds no pidfile. */
	if (fault->error == ENOENT || fault->error == ENOTDIR)
		fault->error = 0;
	if (fault->error == REASON_LOOSE_DIR)
		fault_detail(fault, "%s", t->files.place.writers.culprit);
	return fault->error;
}

int
target_look(struct target *t, struct fault *fault)
{
	t->state = PIDFILE_NONE;
	if (t->files.place.dir == -1)
		return 0;
	fault->error = pidfile_look(&t->files, &t->state, &t->id, &t->pid,
	    fault);
	if (fault->error == 0 && t->state == PIDFILE_RUNNING)
		return prove(t, fault);
	return fault->error;
}

int
target_find(struct target *t, const char *path, struct fault *fault)
{
	int error = target_place(t, path, fault);

	return error != 0 ? error : target_look(t, fault);
}

void
target_close(struct target *t)
{
	if (t->pidfd != -1)
		close(t->pidfd);
	t->pidfd = -1;
	if (t->signals != -1)
		close(t->signals);
	t->signals = -1;
	place_close(&t->files.place);
}

int
target_signal(const struct target *t, int signal)
{
	/* Without a pidfd, a tiny window is left between the two. */
	if (t->pidfd == -1 && identity_life(&t->id) != LIFE_ALIVE)
		return ESRCH;
	return pidfd_or_kill(t->pidfd, t->pid, signal);
}

/* It may have executed a set-user-ID program since. */
static int
signal_owned(const struct target *t, int signal)
{
	int error = pidfile_vouches(t->files.uid, t->pid);

	if (error != 0)
		return has_ended(t) ? ESRCH : error;
	return target_signal(t, signal);
}

int
target_end(const struct target *t, bool group, int signal)
{
	int error;

	/*
	 * A security module may hide it: then its group is nobody's.  Those
	 * outside of our PID namespace all look the same, so that without its
	 * leader the group may be a later one.
	 */
	if (group && t->leads && (t->session == -1 ||
	    (t->session == 0 && has_ended(t))))
		return EPERM;
	/* Twice the same signal means "at once" to many a program. */
	if (group && t->leads) {
		error = group_signal(t, signal);
		(void)group_signal(t, SIGCONT);
		return error;
	}
	error = signal_owned(t, signal);
	/* A stopped process would see it only then. */
	(void)signal_owned(t, SIGCONT);
	return error;
}

static bool
is_gone(const struct target *t, bool group)
{
	return has_ended(t) && (!group || !t->leads ||
	    group_signal(t, 0) == ESRCH);
}

/* Sleep until something may have changed, but no longer. */
static void
wait_for_change(struct target *t, int64_t left)
{
	struct pollfd p[2] = { { .fd = t->signals, .events = POLLIN },
	    { .fd = t->pidfd, .events = POLLIN } };
	/* Of the end of a group, and without a pidfd, nothing tells. */
	bool look = t->pidfd == -1 || has_ended(t);

	if (look && left > LOOK_EVERY)
		left = LOOK_EVERY;
	(void)poll(p, look ? 1 : 2, (int)left);
	t->interrupted = (p[0].revents & POLLIN) != 0;
}

bool
target_gone(struct target *t, bool group, long limit)
{
	int64_t end = clock_milliseconds() + limit, left;

	for (;;) {
		/* First: whoever was stopped here looks once more. */
		left = end - clock_milliseconds();
		if (is_gone(t, group))
			return true;
		if (left <= 0 || t->interrupted)
			return false;
		wait_for_change(t, left);
	}
}
