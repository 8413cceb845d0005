/* SPDX-License-Identifier: ISC
 *
 * The plan of a start as one JSON object.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "json.h"
#include "launch.h"

static void
print_json_text(const char *name, const char *value, bool *first)
{
	json_name(name, first);
	json_string(value, strlen(value));
}

static int
print_json_steps(const struct launch *l)
{
	bool first_step = true;

	putchar('[');
	for (int i = 0; i < STEP_COUNT; i++) {
		enum step step = (enum step)i;
		bool first = true;
		char *detail;

		if (!explain_has(step, l))
			continue;
		if ((detail = explain_whole(step, l)) == NULL)
			return ENOMEM;
		printf("%s{", first_step ? "" : ",");
		first_step = false;
		print_json_text("step", step_name(step), &first);
		print_json_text("process", explain_process(step),
		    &first);
		print_json_text("does", step_words(step), &first);
		print_json_text("with", detail, &first);
		putchar('}');
		free(detail);
	}
	putchar(']');
	return 0;
}

static void
print_json_account(const struct account *account)
{
	printf("{\"uid\":%u,\"gid\":%u,\"groups\":[", (unsigned)account->uid,
	    (unsigned)account->gid);
	for (size_t i = 0; i < account->group_count; i++)
		printf("%s%u", i > 0 ? "," : "", (unsigned)account->groups[i]);
	printf("],\"changes\":%s}", account->differs ? "true" : "false");
}

static void
print_json_environment(const struct environment *env)
{
	printf("{\"passes\":[");
	for (size_t i = 0; i < env->count; i++) {
		fputs(i > 0 ? "," : "", stdout);
		json_string(env->vars[i], strcspn(env->vars[i], "="));
	}
	printf("],\"dropped\":[");
	for (size_t i = 0; i < env->dropped_count; i++) {
		const struct dropped *d = &env->dropped[i];
		bool first = true;

		fputs(i > 0 ? ",{" : "{", stdout);
		json_name("name", &first);
		json_string(d->variable, strcspn(d->variable, "="));
		print_json_text("reason", d->reason, &first);
		putchar('}');
	}
	printf("]}");
}

int
explain_json(const struct launch *l)
{
	const struct resolved *to = l->to;
	bool first = true;
	int error;

	putchar('{');
	print_json_text("program", to->program != NULL ? to->program :
	    l->spec->argv[0], &first);
	json_name("arguments", &first);
	putchar('[');
	for (char *const *arg = l->spec->argv + 1; *arg != NULL; arg++) {
		fputs(arg > l->spec->argv + 1 ? "," : "", stdout);
		json_string(*arg, strlen(*arg));
	}
	putchar(']');
	json_name("foreground", &first);
	fputs(l->spec->foreground ? "true" : "false", stdout);
	json_name("account", &first);
	print_json_account(&to->account);
	json_name("steps", &first);
	error = print_json_steps(l);
	json_name("landlock", &first);
	explain_kernel(true);
	json_name("environment", &first);
	print_json_environment(&to->env);
	printf("}\n");
	return error;
}
