/* SPDX-License-Identifier: ISC
 *
 * What each step of a start will use, in words.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"

void
text_add(struct text *t, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(t->at, t->room, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	t->length += (size_t)n;
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
		text_add(t, "%d is /dev/null", i);
		break;
	case SOURCE_KEEP:
		text_add(t, "%d stays", i);
		break;
	case SOURCE_FD:
		text_add(t, "%d is the caller's %d", i, to->streams[i].fd);
		break;
	case SOURCE_FILE:
		text_add(t, "%d is %s", i, to->streams[i].path);
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
		text_add(t, "%s", comma);
		add_source(t, l->to, i);
		comma = ", ";
	}
}

static void
add_groups(struct text *t, const struct account *account)
{
	for (size_t i = 0; i < account->group_count; i++)
		text_add(t, "%s%u", i > 0 ? " " : "",
		    (unsigned)account->groups[i]);
}

static void
add_descriptors(struct text *t, const struct launch *l)
{
	const struct resolved *to = l->to;

	text_add(t, "0 1 2");
	for (size_t i = 0; i < to->keep_count; i++)
		text_add(t, " %d", to->keep_fds[i]);
	for (int i = 0; i < to->env.listen_fds; i++)
		text_add(t, " %d", 3 + i);
	for (size_t i = 0; i < l->spec->ready_count; i++)
		if (l->spec->ready[i].kind == CONDITION_fd)
			text_add(t, " %d", l->spec->ready[i].fd);
	/* The pidfile's is not kept. */
	if (to->lockfile != NULL &&
	    !pidfile_needs_place(&l->pidfile, &l->lock_place))
		text_add(t, " and the lock");
}

static void
add_conditions(struct text *t, const struct daemon_spec *spec)
{
	for (size_t i = 0; i < spec->ready_count; i++)
		text_add(t, "%s%s", i > 0 ? " and " : "", spec->ready[i].text);
	text_add(t, ", for %.10g s", (double)spec->timeout / 1000);
}

static void
add_command(struct text *t, const struct daemon_spec *spec,
    const struct resolved *to)
{
	text_add(t, "%s", to->program != NULL ? to->program : spec->argv[0]);
	for (char *const *arg = spec->argv + 1; *arg != NULL; arg++)
		text_add(t, " %s", *arg);
	if (to->program == NULL)
		text_add(t, " (the daemon searches it in PATH)");
}

static void
add_user(struct text *t, const struct account *account)
{
	text_add(t, "%u", (unsigned)account->uid);
	if (account->named)
		text_add(t, " (%s)", account->name);
}

static void
add_slots(struct text *t, const struct daemon_spec *spec)
{
	for (int i = 0; i < (int)spec->listen_count; i++)
		text_add(t, "%s%d", i > 0 ? " " : "", SOCKETS_FIRST + i);
}

static void
add_sockets(struct text *t, const struct daemon_spec *spec,
    const struct resolved *to)
{
	for (int i = 0; i < (int)spec->listen_count; i++) {
		const struct listen *l = &spec->listen[i];

		text_add(t, "%s%d is %s", i > 0 ? ", " : "", SOCKETS_FIRST + i,
		    l->asked);
		if (listen_is_path(l))
			text_add(t, " (mode %04o, owner %u:%u)",
			    (unsigned)l->mode,
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
		text_add(t, "%.*s",
		    (int)(strrchr(to->pidfile, '/') - to->pidfile),
		    to->pidfile);
		break;
	case STEP_lock:
		text_add(t, "%s.lock", to->pidfile);
		break;
	case STEP_running:
		text_add(t, "unless %s names a live daemon", to->pidfile);
		break;
	case STEP_prepare:
	case STEP_publish:
		text_add(t, "%s and %s.id", to->pidfile, to->pidfile);
		break;
	case STEP_lockfile:
		text_add(t, "%s", to->lockfile);
		break;
	case STEP_truncate:
		text_add(t, "what --stdout and --stderr name");
		break;
	case STEP_chroot:
		text_add(t, "%s", to->chroot);
		break;
	case STEP_chdir:
		text_add(t, "%s", to->chdir);
		break;
	default:
		break;
	}
}

/* What a step that gives or takes rights will use; nothing of other steps. */
static void
add_rights(struct text *t, enum step step, const struct daemon_spec *spec,
    const struct resolved *to)
{
	char text[CPUS_TEXT];

	if (step == STEP_allow)
		explain_allowed(&to->confinement, t);
	else if (step == STEP_confine)
		explain_denied(&to->confinement, t);
	else {
		explain_allowance(step, spec, text, sizeof text);
		text_add(t, "%s", text);
	}
}

size_t
explain_step(enum step step, const struct launch *l, char *buffer, size_t size)
{
	const struct resolved *to = l->to;
	struct text t = { .at = buffer, .room = size };

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
		text_add(&t, "%u", (unsigned)to->account.gid);
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
		text_add(&t, "%04o", (unsigned)l->spec->umask);
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
		add_rights(&t, step, l->spec, to);
		add_path(&t, step, to);
		break;
	}
	return t.length;
}

char *
explain_whole(enum step step, const struct launch *l)
{
	char none[1];
	size_t size = explain_step(step, l, none, sizeof none) + 1;
	char *text = malloc(size);

	if (text != NULL)
		(void)explain_step(step, l, text, size);
	return text;
}
