/* SPDX-License-Identifier: ISC
 *
 * How a wait for readiness ends.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "await.h"
#include "clock.h"
#include "launch.h"
#include "listener.h"
#include "proc.h"
#include "ready.h"
#include "ready_end.h"

/* What a daemon in the background is, if it is not found. */
#define NAMELESS	"nothing names it"
#define BEHIND		"in the background"

void
describe_end(const siginfo_t *info, char *text, size_t size)
{
	char words[SIGNAL_WORDS];

	if (info->si_code == CLD_EXITED)
		snprintf(text, size, "exit status %d", info->si_status);
	else
		snprintf(text, size, "%s%s",
		    signal_words(info->si_status, words),
		    info->si_code == CLD_DUMPED ? ", core dumped" : "");
}

bool
ready_is_told(const struct launch *l)
{
	struct pollfd p = { .fd = l->signals, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static bool
find_end(pid_t pid, siginfo_t *info)
{
	info->si_pid = 0;
	return waitid(P_PID, (id_t)pid, info, WEXITED | WNOHANG | WNOWAIT) ==
	    0 && info->si_pid != 0;
}

bool
has_died(struct launch *l)
{
	struct family *f = &l->family;
	siginfo_t info;

	family_reap(f);
	return f->daemon != 0 ? find_end(f->daemon, &info) :
	    family_is_gone(f);
}

/* Can anything still tell which process the daemon is? */
static bool
may_be_named(const struct daemon_spec *spec)
{
	return spec_awaits(spec, CONDITION_notify) != NULL ||
	    spec_awaits(spec, CONDITION_listen) != NULL;
}

const char *
ready_says(const struct ready *r, char text[READY_SAYS])
{
	snprintf(text, READY_SAYS, "%s%s%s",
	    r->error != 0 ? strerror(r->error) : r->stopping &&
	    r->status[0] == '\0' ? "stopping" : "",
	    r->error != 0 && r->status[0] != '\0' ? ", " : "", r->status);
	return text;
}

static int
fail(struct launch *l, int reason, const char *how)
{
	char says[READY_SAYS];

	ready_says(l->ready, says);
	fault_set(&l->fault, STEP_ready, reason, l->spec->argv[0]);
	return fault_detail(&l->fault, "%s%s%s", how,
	    says[0] != '\0' ? "; it says: " : "", says);
}

/*
 * Nobody is left; if somebody failed in the background, that may be why.  If
 * the caller has children, who has left the session may run on among them.
 */
static int
fail_behind(struct launch *l, const char *launcher)
{
	struct family *f = &l->family;
	char end[64] = "nothing is found", how[128];

	family_reap(f);
	if (f->alone && f->failed.si_pid == 0)
		return fail(l, REASON_NOT_READY, launcher != NULL ? launcher :
		    BEHIND);
	if (f->failed.si_pid != 0)
		describe_end(&f->failed, end, sizeof end);
	snprintf(how, sizeof how, "%s%s%s: %s", launcher != NULL ? launcher :
	    "", launcher != NULL ? "; " : "", BEHIND, end);
	return fail(l, f->alone || launcher != NULL ? REASON_NOT_READY :
	    REASON_BACKGROUND, how);
}

int
judge_death(struct launch *l)
{
	struct family *f = &l->family;
	bool gone;
	siginfo_t info;
	char how[64];

	if (f->daemon == 0)
		return fail_behind(l, NULL);
	if (!find_end(f->daemon, &info))
		return 0;
	describe_end(&info, how, sizeof how);
	if (info.si_code != CLD_EXITED || info.si_status != 0)
		return fail(l, REASON_NOT_READY, how);
	gone = family_is_gone(f);
	if (!gone && !may_be_named(l->spec))
		return fail(l, REASON_BACKGROUND, how);
	/* What its orphans left is told only after it. */
	(void)waitpid(f->daemon, NULL, 0);
	f->daemon = 0;
	l->daemon = -1;
	return gone ? fail_behind(l, how) : 0;
}

/* A thread has a number, too, but leads no group of them. */
static bool
is_process(pid_t pid)
{
	return syscall(SYS_tgkill, pid, pid, 0) == 0 || errno != ESRCH;
}

/* Whoever could name it must not name another user's process. */
static bool
may_be_main(const struct launch *l, pid_t pid)
{
	uid_t uid = l->to->account.uid;

	return family_has(&l->family, pid) && is_process(pid) &&
	    (uid == 0 || pid_belongs_to(pid, uid));
}

pid_t
find_main(struct launch *l)
{
	struct ready *r = l->ready;
	pid_t pid;

	if (r->main != 0 && may_be_main(l, r->main))
		return r->main;
	if (l->family.daemon != 0)
		return l->family.daemon;
	for (size_t i = 0; i < r->count; i++) {
		if (r->awaits[i].condition->kind != CONDITION_listen)
			continue;
		if (listener_of(l, &r->awaits[i], &pid) == 0 && pid > 0 &&
		    may_be_main(l, pid))
			return pid;
	}
	return 0;
}

/* Where /proc cannot be read, a pidfd tells a zombie from others, if any. */
static bool
lives(pid_t pid)
{
	struct proc_stat stat;

	return proc_read_stat(pid, &stat) == 0 ? !proc_is_dead(&stat) :
	    pid_life(pid) != LIFE_DEAD;
}

/*
 * Who was named may have ended while others were heard, and its number be
 * another's by now: the identity is looked up before, and must be the same
 * afterwards.  A child of ours keeps its number until it is reaped.
 */
static int
judge_main(struct launch *l, pid_t pid, const struct identity *id)
{
	bool ours = pid == l->family.daemon;
	bool named = ours || may_be_main(l, pid);

	if (ours ? !lives(pid) : identity_life(id) == LIFE_DEAD)
		return fail(l, REASON_NOT_READY, BEHIND);
	return named ? 0 : fail(l, REASON_BACKGROUND, NAMELESS);
}

static int
update_pidfile(struct launch *l, struct identity *id, int proof,
    enum readiness ready)
{
	int error = proof;

	if (l->to->pidfile == NULL)
		return 0;
	fault_set(&l->fault, STEP_publish, 0, l->to->called);
	if (error == 0) {
		id->ready = ready;
		error = pidfile_rewrite(&l->pidfile, id, id->pid != l->daemon,
		    &l->fault);
	}
	return error;
}

int
name_main(struct launch *l, pid_t pid, struct identity *id, int proof,
    enum readiness ready)
{
	int error = judge_main(l, pid, id);

	if (error == 0)
		error = update_pidfile(l, id, proof, ready);
	if (error == 0)
		l->daemon = pid;
	return error;
}

int
ready_settle(struct launch *l)
{
	struct ready *r = l->ready;
	struct identity id;
	int error, proof;
	pid_t pid;

	/* It may be about to name the daemon, too. */
	for (size_t i = 0; i < r->count; i++)
		if (r->awaits[i].condition->kind == CONDITION_notify)
			notify_linger(l, &r->awaits[i]);
	pid = find_main(l);
	/*
	 * It is ready, and it runs: now its pidfile may say so.  Whoever has
	 * ended is judged before his number can be another's.
	 */
	for (;;) {
		if (pid == 0 && ready_is_told(l)) {
			ready_hear_signal(l);
			return REASON_INTERRUPTED;
		}
		if (pid == 0)
			return fail(l, REASON_BACKGROUND, NAMELESS);
		proof = identity_of(pid, &id);
		if (pid != l->family.daemon || !has_died(l))
			break;
		if ((error = judge_death(l)) != 0)
			return error;
		pid = find_main(l);
	}
	return name_main(l, pid, &id, proof, READINESS_YES);
}
