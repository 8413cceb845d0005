/* SPDX-License-Identifier: ISC
 *
 * What a start is going to meet: --restart looks before it stops what runs.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "aside.h"
#include "clock.h"
#include "program.h"
#include "steps_run.h"

static int
look_at_pidfile(struct launch *l)
{
	struct pidfile *p = &l->pidfile;
	int error;

	step_object(l, l->to->called);
	error = pidfile_find(p, l->to->pidfile, &l->to->account);
	/* A start makes the run directory. */
	if (error == ENOENT && l->spec->name != NULL)
		error = 0;
	place_close(&p->place);
	return step_blame(l, &p->place, error);
}

static int
look_at_lockfile(struct launch *l)
{
	const struct account *account = &l->to->account;
	struct place *place = &l->lock_place;
	int error;

	if (l->to->lockfile == NULL)
		return 0;
	step_object(l, l->spec->lockfile);
	error = place_find(-1, l->to->lockfile, account, place);
	if (error == 0)
		error = place_trusted(place, account->uid);
	place_close(place);
	return step_blame(l, place, error);
}

static int
look_at_stream(struct launch *l, int i)
{
	const struct source *source = &l->to->streams[i];
	const struct stream_rules rules = { .account = &l->to->account,
	    .root = -1 };
	struct stream *s = &l->stream[i];
	int error;

	if (source->kind != SOURCE_FILE)
		return 0;
	step_object(l, source->asked);
	error = stream_foresee(s, source, i == 0, &rules);
	place_close(&s->place);
	return step_blame(l, &s->place, error);
}

static int
look_at_input(struct launch *l)
{
	return look_at_stream(l, 0);
}

static int
look_at_outputs(struct launch *l)
{
	int error = look_at_stream(l, 1);

	return error == 0 ? look_at_stream(l, 2) : error;
}

static int
look_at_root(struct launch *l)
{
	const struct account *account = &l->to->account;
	struct place place;
	int error;

	if (l->to->chroot == NULL)
		return 0;
	step_object(l, l->spec->chroot);
	error = place_enter(-1, l->to->chroot, account, &place);
	if (error == 0)
		error = place_trusted(&place, account->uid);
	place_close(&place);
	return step_blame(l, &place, error);
}

/* With our own rights, in the order of the steps. */
static const struct {
	enum step	step;
	int		(*look)(struct launch *);
} looks[] = {
	{ STEP_lock, look_at_pidfile },
	{ STEP_lockfile, look_at_lockfile },
	{ STEP_input, look_at_input },
	{ STEP_outputs, look_at_outputs },
	{ STEP_chroot, look_at_root },
};

/* Could it be gone to?  Without going there. */
static int
try_directory(const char *path)
{
	struct stat st;
	int error, dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir == -1)
		return errno;
	error = fstatat(dir, ".", &st, 0) == -1 ? errno : 0;
	close(dir);
	return error;
}

static int
try_program(const struct daemon_spec *spec, const struct resolved *to,
    char detail[FAULT_DETAIL])
{
	char path[PROGRAM_PATH];
	int error = program_find(to, spec->argv[0], path);

	if (error != 0)
		return error;
	error = program_examine(path, detail);
	/* From the daemon's directory, it may be there. */
	if (error == REASON_NO_INTERPRETER && detail[0] != '/')
		return 0;
	/* A new root need not show what formats there are, see binfmt.h. */
	return error == REASON_NO_FORMAT && to->chroot != NULL ? 0 : error;
}

/* What the daemon's user finds; 0: nothing against it. */
struct prospect {
	bool	directory;	/* it is that, not the program */
	int	error;
	char	detail[FAULT_DETAIL];
};

static void
try_both(const struct launch *l, struct prospect *p)
{
	p->error = try_directory(l->to->chdir);
	p->directory = p->error != 0;
	/* Our descriptors are not there. */
	if (p->directory || (l->to->program != NULL &&
	    descriptor_named(l->to->program) != -1))
		return;
	p->error = try_program(l->spec, l->to, p->detail);
	/* The daemon may get further by capabilities that it keeps. */
	if (p->error == EACCES && l->spec->caps != 0)
		p->error = 0;
}

static void
try_as_user(struct launch *l, void *found)
{
	if (aside_become(l->to) == 0)
		try_both(l, found);
}

static int
look_as_user(struct launch *l)
{
	struct prospect p = { .error = 0 };

	if (l->to->chroot == NULL && !l->to->account.differs)
		try_both(l, &p);
	else if (aside(l, try_as_user, &p, sizeof p,
	    clock_milliseconds() + ASIDE_PROGRAM) != 0)
		return 0;
	/* What such a child says is in its user's hand. */
	p.detail[sizeof p.detail - 1] = '\0';
	fault_set(&l->fault, p.directory ? STEP_chdir : STEP_exec, p.error,
	    p.directory ? l->to->chdir : l->spec->argv[0]);
	return fault_detail(&l->fault, "%s", p.detail);
}

int
foresee(const struct daemon_spec *spec, const struct resolved *to,
    struct fault *fault)
{
	struct launch l;
	int error = 0;

	launch_init(&l, spec, to);
	for (size_t i = 0; error == 0 && i < sizeof looks / sizeof looks[0];
	    i++) {
		fault_set(&l.fault, looks[i].step, 0, NULL);
		error = l.fault.error = looks[i].look(&l);
	}
	if (error == 0)
		error = look_as_user(&l);
	*fault = l.fault;
	return error;
}
