/* SPDX-License-Identifier: ISC
 *
 * Printing the plan of a start.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "launch.h"
#include "steps.h"

/* What is not there, a start creates. */
static bool
is_missing(const struct place *place)
{
	struct stat st;

	return fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) ==
	    -1 && errno == ENOENT;
}

static void
look_at_streams(struct launch *l)
{
	const struct stream_rules rules = { .account = &l->to->account,
	    .mode = l->spec->log_mode, .root = -1 };

	for (int i = 0; i <= 2; i++) {
		struct stream *s = &l->stream[i];

		if (l->to->streams[i].kind == SOURCE_FILE &&
		    stream_find(s, &l->to->streams[i], &rules) == 0)
			s->created = i > 0 && is_missing(&s->place);
		place_close(&s->place);
	}
}

/* Look at what decides which steps there will be, and change nothing. */
static void
look(struct launch *l)
{
	const struct account *account = &l->to->account;

	look_at_streams(l);
	if (l->to->lockfile == NULL)
		return;
	if (place_find(-1, l->to->lockfile, account, &l->lock_place) == 0)
		l->lockfile.created = is_missing(&l->lock_place);
	if (l->to->pidfile != NULL)
		(void)place_find(-1, l->to->pidfile, account,
		    &l->pidfile.place);
}

/* The plan cannot know whether there will be contents to truncate. */
bool
explain_has(enum step step, const struct launch *l)
{
	const struct source *s = l->to->streams;

	if (step == STEP_truncate || step == STEP_examine)
		return !l->spec->append && l->spec->log == NULL &&
		    (s[1].kind == SOURCE_FILE || s[2].kind == SOURCE_FILE);
	return step_applies(step, step_process(step), l);
}

const char *
explain_process(enum step step)
{
	static const char *const names[] = { "front", "middle", "daemon" };

	return names[step_process(step)];
}

/* 0 or ENOMEM, as all that follow. */
static int
print_line(enum step step, const struct launch *l)
{
	char *detail = explain_whole(step, l);

	if (detail == NULL)
		return ENOMEM;
	defuse(detail);
	printf("  %-7s %s%s%s\n", explain_process(step),
	    step_words(step), detail[0] != '\0' ? ": " : "", detail);
	free(detail);
	return 0;
}

static int
print_name(const char *before, const char *variable, const char *after)
{
	char *name = strndup(variable, strcspn(variable, "="));

	if (name == NULL)
		return ENOMEM;
	defuse(name);
	printf("%s%s%s", before, name, after);
	free(name);
	return 0;
}

static int
print_environment(const struct environment *env)
{
	int error = 0;

	printf("\nEnvironment that it gets:\n ");
	for (size_t i = 0; error == 0 && i < env->count; i++)
		error = print_name(" ", env->vars[i], "");
	putchar('\n');
	if (env->dropped_count > 0)
		printf("\nEnvironment that does not pass:\n");
	for (size_t i = 0; error == 0 && i < env->dropped_count; i++) {
		error = print_name("  ", env->dropped[i].variable, ": ");
		printf("%s\n", env->dropped[i].reason);
	}
	return error;
}

static int
print_text(const struct launch *l)
{
	int error = 0;

	printf("This is what would be done; nothing has been.\n\nSteps:\n");
	for (int i = 0; error == 0 && i < STEP_COUNT; i++)
		if (explain_has((enum step)i, l))
			error = print_line((enum step)i, l);
	printf("\nConfinement that this kernel can do:\n  ");
	explain_kernel(false);
	return error != 0 ? error : print_environment(&l->to->env);
}

int
explain(const struct daemon_spec *spec, const struct resolved *to)
{
	struct launch l;
	int error;

	launch_init(&l, spec, to);
	look(&l);
	error = spec->json ? explain_json(&l) : print_text(&l);
	return error != 0 ? error : flush_output();
}
