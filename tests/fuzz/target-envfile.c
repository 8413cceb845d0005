/* SPDX-License-Identifier: ISC
 *
 * The text of an --env-file.
 */
#include "envfile.c"

#include "fuzz.h"

static void
check_variables(const struct environment *env)
{
	for (size_t i = 0; i < env->count; i++) {
		const char *var = env->vars[i];
		size_t n = environ_name_length(var);

		check(n > 0 && var[n] == '=' && parse_assignment(var) == 0);
		check(strchr(var, '\n') == NULL);
		/* getenv(3) must not find two. */
		for (size_t j = 0; j < i; j++)
			check(strncmp(env->vars[j], var, n + 1) != 0);
	}
	check(env->vars[env->count] == NULL);
}

FUZZ_TARGET(envfile)
{
	struct environment env;
	struct fault fault;
	char *text;
	int error;

	if (size > 4096)
		return;
	text = fuzz_text(data, size);
	environ_init(&env);
	fault_set(&fault, STEP_env_file, 0, "file");
	error = take_lines(&env, text, size, &fault);
	check(error == 0 || (error == REASON_BAD_LINE &&
	    fault.detail[0] != '\0'));
	check_variables(&env);
	if (env.vars != env.few)
		free(env.vars);
	free(text);
}
