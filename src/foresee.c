/* SPDX-License-Identifier: ISC
 *
 * What a start is going to meet: --restart looks before it stops what runs.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aside.h"
#include "clock.h"
#include "privs.h"
#include "program.h"
#include "steps.h"
#include "steps_run.h"

/* The rest is left to the start: nothing more can be told. */
#define LEAVE	(-1)

static int
look_at_pidfile(struct launch *l)
{
	struct pidfile *p = &l->pidfile;
	int error;

	if (path_is_about_us(l->to->pidfile))
		return 0;
	error = pidfile_find(p, l->to->pidfile, &l->to->account);
	place_close(&p->place);
	/* A start makes the run directory, and what lies in it then. */
	if (error == ENOENT && l->spec->name != NULL)
		return LEAVE;
	return step_blame(l, &p->place, error);
}

static int
look_at_lockfile(struct launch *l)
{
	const struct account *account = &l->to->account;
	struct place *place = &l->lock_place;
	int error;

	if (l->to->lockfile == NULL || path_is_about_us(l->to->lockfile))
		return 0;
	error = place_find(-1, l->to->lockfile, account, place);
	if (error == 0)
		error = lock_foresee(place, account->uid);
	place_close(place);
	return step_blame(l, place, error);
}

static int
look_at_stream(struct launch *l, int i)
{
	const struct source *source = &l->to->streams[i];
	const struct stream_rules rules = { .account = &l->to->account,
	    .truncates = truncates(l->spec), .root = -1 };
	struct stream *s = &l->stream[i];
	int error;

	if (source->kind != SOURCE_FILE || path_is_about_us(source->path))
		return 0;
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
look_at_output(struct launch *l)
{
	return look_at_stream(l, 1);
}

static int
look_at_error_output(struct launch *l)
{
	return look_at_stream(l, 2);
}

/* What comes after this one is looked at from the daemon's root, */
static int
look_at_root(struct launch *l)
{
	struct place place;
	int error;

	if (l->to->chroot == NULL)
		return 0;
	if (path_is_about_us(l->to->chroot))
		return LEAVE;
	error = place_make_root(l->to->chroot, &l->to->account, &place);
	place_close(&place);
	return step_blame(l, &place, error);
}

/* and after this one by its user, in its directory. */
static int
look_at_directory(struct launch *l)
{
	/* What a file's capabilities may be. */
	if (step_applies(STEP_bounding, DAEMON, l) && step_bounding(l) != 0)
		return LEAVE;
	/* Before its directory, the daemon has none but what is kept. */
	if (aside_become_user(l->to) != 0 || (l->spec->keep_caps &&
	    privs_drop_capabilities(0) != 0))
		return LEAVE;
	if (path_is_about_us(l->to->chdir))
		return 0;
	return chdir(l->to->chdir) == -1 ? errno : 0;
}

static int
try_program(struct launch *l, bool in_directory)
{
	char path[PROGRAM_PATH];
	const char *interpreter = l->fault.detail;
	int error = program_find(l->to, l->spec->argv[0], path);

	if (error != 0)
		return error;
	error = program_examine(path, l->fault.detail);
	/* From the daemon's directory, it may be there. */
	if (!in_directory && interpreter[0] != '\0' && interpreter[0] != '/')
		return 0;
	/* A new root need not show what formats there are, see binfmt.h. */
	if (error == REASON_NO_FORMAT && l->to->chroot != NULL)
		return 0;
	/* The daemon may get further by capabilities that it keeps. */
	return error == EACCES && l->spec->caps != 0 ? 0 : error;
}

static int
look_at_program(struct launch *l)
{
	return path_is_about_us(l->to->program) ? 0 :
	    try_program(l, !path_is_about_us(l->to->chdir));
}

/* In the order of the steps. */
static const struct {
	enum step	step;
	int		(*look)(struct launch *);
} looks[] = {
	{ STEP_lock, look_at_pidfile },
	{ STEP_lockfile, look_at_lockfile },
	{ STEP_input, look_at_input },
	{ STEP_outputs, look_at_output },
	{ STEP_outputs, look_at_error_output },
	{ STEP_chroot, look_at_root },
	{ STEP_chdir, look_at_directory },
	{ STEP_exec, look_at_program },
};

#define LOOKS	(sizeof looks / sizeof looks[0])

/* What the child has found. */
struct prospect {
	size_t	look;
	int	error;		/* 0: nothing against it */
	char	detail[FAULT_DETAIL];
};

static void
look_ahead(struct launch *l, void *found)
{
	struct prospect *p = found;

	for (p->look = 0; p->look < LOOKS && p->error == 0; p->look++) {
		l->fault.detail[0] = '\0';
		p->error = looks[p->look].look(l);
	}
	if (p->error == LEAVE)
		p->error = 0;
	/* The last one, or the one that has failed. */
	p->look--;
	memcpy(p->detail, l->fault.detail, sizeof p->detail);
}

/* Our descriptors are not in a child; only we can look at such a program. */
static bool
is_held(const struct daemon_spec *spec, const struct resolved *to)
{
	return path_is_about_us(to->program) && spec->chroot == NULL &&
	    !to->account.differs;
}

int
foresee(const struct daemon_spec *spec, const struct resolved *to,
    struct fault *fault)
{
	const char *const objects[LOOKS] = { to->called, spec->lockfile,
	    to->streams[0].asked, to->streams[1].asked, to->streams[2].asked,
	    spec->chroot, to->chdir, spec->argv[0] };
	struct prospect p = { .error = 0 };
	struct launch l;

	launch_init(&l, spec, to);
	if (aside(&l, look_ahead, &p, sizeof p,
	    clock_milliseconds() + ASIDE_LOOK) != 0)
		p.error = 0;
	/* What such a child says is in its user's hand. */
	p.detail[sizeof p.detail - 1] = '\0';
	if (p.error == 0 && is_held(spec, to)) {
		p.look = LOOKS - 1;
		p.error = try_program(&l, false);
		memcpy(p.detail, l.fault.detail, sizeof p.detail);
	}
	if (p.error == 0 || p.look >= LOOKS)
		return 0;
	fault_set(fault, looks[p.look].step, p.error, objects[p.look]);
	return fault_detail(fault, "%s", p.detail);
}
