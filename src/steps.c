/* SPDX-License-Identifier: ISC
 *
 * The table of steps.def, and whether there is anything to do for a step.
 */
#include <sys/prctl.h>

#include <linux/capability.h>
#include <unistd.h>

#include "privs.h"
#include "steps.h"
#include "steps_run.h"

void
step_object(struct launch *l, const char *text)
{
	fault_set(&l->fault, l->fault.step, 0, text);
}

int
step_blame(struct launch *l, const struct place *place, int error)
{
	if (error == REASON_LOOSE_DIR)
		fault_detail(&l->fault, "%s", place->writers.culprit);
	return error;
}

/*
 * With --caps it is promised, and to root the exec gives all that is in the
 * set.  Who stays the ordinary user that he is, gets nothing from it.
 */
bool
must_be_bounded(const struct launch *l)
{
	return l->spec->keep_caps &&
	    (l->to->account.differs || l->to->account.uid == 0);
}

bool
truncates(const struct daemon_spec *spec)
{
	return !spec->append && spec->log == NULL;
}

bool
must_truncate(const struct launch *l, int i)
{
	return truncates(l->spec) &&
	    l->to->streams[i].kind == SOURCE_FILE &&
	    stream_has_contents(&l->stream[i]);
}

/* Predicates: is there anything to do? */

static bool
when_always(const struct launch *l)
{
	(void)l;
	return true;
}

static bool
when_foreground(const struct launch *l)
{
	return l->spec->foreground;
}

static bool
when_readiness(const struct launch *l)
{
	return l->spec->ready_count > 0;
}

static bool
when_name(const struct launch *l)
{
	return l->spec->name != NULL;
}

static bool
when_pidfile(const struct launch *l)
{
	return l->to->pidfile != NULL;
}

static bool
when_lockfile(const struct launch *l)
{
	return l->to->lockfile != NULL;
}

static bool
when_sockets(const struct launch *l)
{
	return l->spec->listen_count > 0;
}

static bool
has_bound_path(const struct launch *l)
{
	for (size_t i = 0; i < l->spec->listen_count; i++)
		if (listen_is_path(&l->spec->listen[i]))
			return true;
	return false;
}

static bool
when_chroot(const struct launch *l)
{
	return l->to->chroot != NULL;
}

static bool
when_identity(const struct launch *l)
{
	return l->to->account.differs;
}

static bool
when_user(const struct launch *l)
{
	return l->to->account.differs && l->to->account.uid != 0;
}

/* Capabilities that root would get back by the exec, or that were named. */
static bool
when_drops(const struct launch *l)
{
	return when_user(l) || l->spec->keep_caps;
}

/*
 * A container may have taken CAP_SETPCAP: what is left in the set is then not
 * ours to drop, and gives an ordinary user nothing.
 */
static bool
when_bounding(const struct launch *l)
{
	bool capable;

	return when_drops(l) && (must_be_bounded(l) ||
	    privs_have(CAP_SETPCAP, &capable) != 0 || capable);
}

static bool
when_keeps(const struct launch *l)
{
	return when_user(l) && l->spec->caps != 0;
}

static bool
when_caps(const struct launch *l)
{
	return l->spec->keep_caps;
}

static bool
when_no_new_privs(const struct launch *l)
{
	return l->spec->no_new_privs;
}

static bool
when_limits(const struct launch *l)
{
	return l->spec->limits.any;
}

static bool
when_oom_score_adj(const struct launch *l)
{
	return l->spec->sched.oom_asked;
}

static bool
when_nice(const struct launch *l)
{
	return l->spec->sched.nice_asked;
}

static bool
when_ionice(const struct launch *l)
{
	return l->spec->sched.io_asked;
}

static bool
when_cpus(const struct launch *l)
{
	return l->spec->sched.cpus_asked;
}

static bool
when_sched(const struct launch *l)
{
	return l->spec->sched.policy_asked;
}

/* Would an orphan become the program's child, and nobody wait for it? */
static bool
gets_orphans(void)
{
	int subreaper = 0;

	return getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0,
	    0) == 0 && subreaper != 0);
}

static bool
has_created(const struct launch *l, bool late_too)
{
	for (int i = 1; i <= 2; i++)
		if (l->stream[i].created && (late_too || !l->stream[i].late))
			return true;
	return false;
}

/* Without anything to clean, there is no cleaner. */
static bool
leaves_files(const struct launch *l, bool late_too)
{
	return l->to->pidfile != NULL || l->lockfile.created ||
	    has_created(l, late_too) || has_bound_path(l);
}

static bool
when_cleaner(const struct launch *l)
{
	return l->spec->foreground && when_user(l) && !gets_orphans() &&
	    leaves_files(l, false);
}

static bool
when_confined(const struct launch *l)
{
	return l->to->confinement.files || l->to->confinement.ports;
}

/* Once confined, what only we could remove is out of our reach, too. */
static bool
when_own_cleaner(const struct launch *l)
{
	if (!l->spec->foreground)
		return when_confined(l) && has_created(l, true);
	return when_confined(l) && !gets_orphans() && leaves_files(l, true);
}

static bool
when_own_input(const struct launch *l)
{
	return l->stream[0].late;
}

static bool
when_own_outputs(const struct launch *l)
{
	return l->stream[1].late || l->stream[2].late;
}

static bool
when_truncating(const struct launch *l)
{
	return must_truncate(l, 1) || must_truncate(l, 2);
}

static const struct {
	enum process	 process;
	bool		 detach;	/* not with --foreground */
	bool		(*when)(const struct launch *);
	int		(*run)(struct launch *);
} table[] = {
#define CHECK(name, status, words) { FRONT, false, NULL, NULL },
#define STEP(name, process, when, status, words) \
	{ process, false, when_##when, step_##name },
#define DETACH(name, process, when, status, words) \
	{ process, true, when_##when, step_##name },
#include "steps.def"
};

bool
step_applies(enum step step, enum process process, const struct launch *l)
{
	return table[step].run != NULL && table[step].process == process &&
	    !(table[step].detach && l->spec->foreground) &&
	    table[step].when(l);
}

enum process
step_process(enum step step)
{
	return table[step].process;
}

int
step_run(enum step step, struct launch *l)
{
	return table[step].run(l);
}
