/* SPDX-License-Identifier: ISC
 *
 * check:COMMAND: sh -c COMMAND, as the caller would run it, until it succeeds.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include "aside.h"
#include "clock.h"
#include "launch.h"
#include "progress.h"
#include "ready.h"
#include "ready_end.h"

#define SHELL		"/bin/sh"
#define PAUSE_FIRST	10	/* milliseconds */
#define PAUSE_LAST	1000

extern char **environ;

/*
 * A group of its own, so that all of it can be ended.  To the terminal that is
 * one in the background, which it would stop: but not who ignores that, and
 * keeps it over the exec.
 */
static int
set_attributes(posix_spawnattr_t *attr, const sigset_t *mask)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t defaults;
	int error;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	if (sigaction(SIGTTIN, &ignore, NULL) == -1 ||
	    sigaction(SIGTTOU, &ignore, NULL) == -1)
		return errno;
	if ((error = posix_spawnattr_setpgroup(attr, 0)) != 0 ||
	    (error = posix_spawnattr_setsigmask(attr, mask)) != 0 ||
	    (error = posix_spawnattr_setsigdefault(attr, &defaults)) != 0)
		return error;
	return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP |
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/* It must not read what is the caller's; with --verbose it may say why. */
static int
set_files(posix_spawn_file_actions_t *files, bool verbose)
{
	int error = posix_spawn_file_actions_addopen(files, 0, "/dev/null",
	    O_RDONLY, 0);

	if (error == 0)
		error = verbose ?
		    posix_spawn_file_actions_adddup2(files, 2, 1) :
		    posix_spawn_file_actions_addopen(files, 1, "/dev/null",
		    O_WRONLY, 0);
	if (error == 0 && !verbose)
		error = posix_spawn_file_actions_adddup2(files, 1, 2);
	return error;
}

static int
spawn(struct launch *l, struct await *a, pid_t *pid)
{
	const char *const argv[] = { "sh", "-c", a->condition->value, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int error;

	if ((error = posix_spawn_file_actions_init(&files)) != 0)
		return error;
	if ((error = posix_spawnattr_init(&attr)) == 0) {
		if ((error = set_attributes(&attr, &l->callers_mask)) == 0 &&
		    (error = set_files(&files, l->spec->verbose)) == 0)
			error = posix_spawn(pid, SHELL, &files, &attr,
			    (char *const *)(const void *)argv, environ);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return error;
}

void
check_end(struct launch *l)
{
	pid_t check = l->family.check;
	bool left;

	if (check == 0)
		return;
	/* Whatever group it is in, its number is still its own. */
	(void)kill(check, SIGKILL);
	left = getpgid(check) != check;
	(void)aside_reap(l, -check, false);
	if (left)
		(void)aside_reap(l, check, false);
	l->family.check = 0;
}

/* Never more than half of the time left: it is tried until shortly before. */
static int64_t
next_try(const struct ready *r, const struct await *a)
{
	int64_t now = clock_milliseconds(), pause = (r->deadline - now) / 2;

	if (pause > a->pause)
		pause = a->pause;
	return now + (pause > PAUSE_FIRST ? pause : PAUSE_FIRST);
}

/* The pauses grow. */
static void
put_off(const struct ready *r, struct await *a)
{
	a->pause = a->pause == 0 ? PAUSE_FIRST : a->pause * 2;
	if (a->pause > PAUSE_LAST)
		a->pause = PAUSE_LAST;
	a->next = next_try(r, a);
}

/* The one that is running has ended, or not yet. */
static void
take_end(struct launch *l, struct await *a)
{
	struct ready *r = l->ready;
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)l->family.check, &info, WEXITED | WNOHANG |
	    WNOWAIT) == 0 && info.si_pid == 0)
		return;
	a->met = info.si_code == CLD_EXITED && info.si_status == 0;
	describe_end(&info, r->check_end, sizeof r->check_end);
	check_end(l);
	a->state = NULL;
	a->until = 0;
	put_off(r, a);
}

/* Whoever was held up past the end tries once more, as others look again. */
static void
try_late(const struct launch *l, struct await *a)
{
	const struct ready *r = l->ready;

	if (r->turn <= r->deadline + PAUSE_FIRST || r->granted >= r->deadline)
		return;
	a->until = ready_look_limit(l);
	a->next = r->turn;
	a->pause = 0;
}

static int
look_check(struct launch *l, struct await *a)
{
	struct ready *r = l->ready;
	struct helper *place;
	pid_t pid;
	int error;

	if (a->state != NULL)
		take_end(l, a);
	try_late(l, a);
	/* One after the other. */
	if (a->met || a->state != NULL || l->family.check != 0 ||
	    a->next > clock_milliseconds())
		return 0;
	place = aside_place(l);
	a->unseen = place == NULL ? EAGAIN : 0;
	if (place == NULL) {
		put_off(r, a);
		return 0;
	}
	/* It may print on the screen, too. */
	if (l->spec->verbose)
		progress_clear(l);
	error = spawn(l, a, &pid);
	/* That may pass, and says nothing of the daemon. */
	if (error == EAGAIN || error == ENOMEM) {
		a->unseen = error;
		r->check_end[0] = '\0';
		put_off(r, a);
		return 0;
	}
	if (error != 0) {
		fault_set(&l->fault, STEP_wait, error, a->condition->text);
		return fault_detail(&l->fault, SHELL);
	}
	l->family.check = pid;
	l->family.checked = true;
	place->pid = -pid;
	a->state = &l->family.check;
	/* SIGCHLD wakes us. */
	a->next = r->deadline;
	return 0;
}

static void
close_check(struct launch *l, struct await *a)
{
	if (a->state != NULL)
		check_end(l);
	a->state = NULL;
}

const struct await_kind await_check = { .look = look_check,
    .close = close_check };
