/* SPDX-License-Identifier: ISC
 *
 * What each step of a start will use, in words.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "explain.h"

/* A text that grows up to its room; what does not fit is left out. */
struct text {
	char	*at;
	size_t	 room;		/* never 0: its end is in it */
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *t, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(t->at, t->room, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= t->room)
		n = (int)t->room - 1;
	t->at += n;
	t->room -= (size_t)n;
}

static void
add_source(struct text *t, const struct resolved *to, int i)
{
	switch (to->streams[i].kind) {
	case SOURCE_NULL:
		add(t, "%d is /dev/null", i);
		break;
	case SOURCE_KEEP:
		add(t, "%d stays", i);
		break;
	case SOURCE_FD:
		add(t, "%d is the caller's %d", i, to->streams[i].fd);
		break;
	case SOURCE_FILE:
		add(t, "%d is %s", i, to->streams[i].path);
		break;
	}
}

/* Of these, the ones that are opened as the caller, or late. */
static void
add_streams(struct text *t, const struct launch *l, int from, int to, bool late)
{
	const char *comma = "";

	for (int i = from; i <= to; i++) {
		if (l->stream[i].late != late)
			continue;
		add(t, "%s", comma);
		add_source(t, l->to, i);
		comma = ", ";
	}
}

static void
add_groups(struct text *t, const struct account *account)
{
	for (size_t i = 0; i < account->group_count; i++)
		add(t, "%s%u", i > 0 ? " " : "", (unsigned)account->groups[i]);
}

static void
add_descriptors(struct text *t, const struct launch *l)
{
	const struct resolved *to = l->to;

	add(t, "0 1 2");
	for (size_t i = 0; i < to->keep_count; i++)
		add(t, " %d", to->keep_fds[i]);
	for (int i = 0; i < to->env.listen_fds; i++)
		add(t, " %d", 3 + i);
	/* The pidfile's is not kept. */
	if (to->lockfile != NULL &&
	    !pidfile_needs_place(&l->pidfile, &l->lock_place))
		add(t, " and the lock");
}

static void
add_conditions(struct text *t, const struct daemon_spec *spec)
{
	for (size_t i = 0; i < spec->ready_count; i++)
		add(t, "%s%s", i > 0 ? " and " : "", spec->ready[i].text);
	add(t, ", for %.10g s", (double)spec->timeout / 1000);
}

static void
add_command(struct text *t, const struct daemon_spec *spec,
    const struct resolved *to)
{
	add(t, "%s", to->program != NULL ? to->program : spec->argv[0]);
	for (char *const *arg = spec->argv + 1; *arg != NULL; arg++)
		add(t, " %s", *arg);
	if (to->program == NULL)
		add(t, " (the daemon searches it in PATH)");
}

static void
add_user(struct text *t, const struct account *account)
{
	add(t, "%u", (unsigned)account->uid);
	if (account->named)
		add(t, " (%s)", account->name);
}

static void
add_slots(struct text *t, const struct daemon_spec *spec)
{
	for (int i = 0; i < (int)spec->listen_count; i++)
		add(t, "%s%d", i > 0 ? " " : "", SOCKETS_FIRST + i);
}

static void
add_sockets(struct text *t, const struct daemon_spec *spec,
    const struct resolved *to)
{
	for (int i = 0; i < (int)spec->listen_count; i++) {
		const struct listen *l = &spec->listen[i];

		add(t, "%s%d is %s", i > 0 ? ", " : "", SOCKETS_FIRST + i,
		    l->asked);
		if (listen_is_path(l))
			add(t, " (mode %04o, owner %u:%u)", (unsigned)l->mode,
			    (unsigned)to->listen_owners[i].uid,
			    (unsigned)to->listen_owners[i].gid);
	}
}

/* The steps that handle files and directories. */
static void
add_path(struct text *t, enum step step, const struct resolved *to)
{
	switch (step) {
	case STEP_rundir:
		add(t, "%.*s", (int)(strrchr(to->pidfile, '/') - to->pidfile),
		    to->pidfile);
		break;
	case STEP_lock:
		add(t, "%s.lock", to->pidfile);
		break;
	case STEP_running:
		add(t, "unless %s names a live daemon", to->pidfile);
		break;
	case STEP_prepare:
	case STEP_publish:
		add(t, "%s and %s.id", to->pidfile, to->pidfile);
		break;
	case STEP_lockfile:
		add(t, "%s", to->lockfile);
		break;
	case STEP_truncate:
		add(t, "what --stdout and --stderr name");
		break;
	case STEP_chroot:
		add(t, "%s", to->chroot);
		break;
	case STEP_chdir:
		add(t, "%s", to->chdir);
		break;
	default:
		break;
	}
}

/* What a step that gives or takes rights will use; nothing of other steps. */
static void
explain_rights(enum step step, const struct daemon_spec *spec,
    const struct resolved *to, char *buffer, size_t size)
{
	if (step == STEP_allow)
		explain_allowed(&to->confinement, buffer, size);
	else if (step == STEP_confine)
		explain_denied(&to->confinement, buffer, size);
	else
		explain_allowance(step, spec, buffer, size);
}

void
explain_step(enum step step, const struct launch *l, char *buffer, size_t size)
{
	const struct resolved *to = l->to;
	struct text t = { buffer, size };

	buffer[0] = '\0';
	switch (step) {
	case STEP_input:
	case STEP_own_input:
		add_streams(&t, l, 0, 0, step == STEP_own_input);
		break;
	case STEP_outputs:
	case STEP_own_outputs:
		add_streams(&t, l, 1, 2, step == STEP_own_outputs);
		break;
	case STEP_groups:
		add_groups(&t, &to->account);
		break;
	case STEP_gid:
		add(&t, "%u", (unsigned)to->account.gid);
		break;
	case STEP_uid:
		add_user(&t, &to->account);
		break;
	case STEP_slots:
		add_slots(&t, l->spec);
		break;
	case STEP_sockets:
		add_sockets(&t, l->spec, to);
		break;
	case STEP_umask:
		add(&t, "%04o", (unsigned)l->spec->umask);
		break;
	case STEP_readiness:
		add_conditions(&t, l->spec);
		break;
	case STEP_descriptors:
		add_descriptors(&t, l);
		break;
	case STEP_rehearse:
	case STEP_examine:
	case STEP_exec:
		add_command(&t, l->spec, to);
		break;
	default:
		explain_rights(step, l->spec, to, buffer, size);
		if (buffer[0] == '\0')
			add_path(&t, step, to);
		break;
	}
}
