/* SPDX-License-Identifier: ISC
 *
 * The caller's environment, as words, through the rows of environ.def.  A
 * first byte says with which options.
 */
#include "environ.h"

#include "fuzz.h"

static const char *const asked[] = { "LD_PRELOAD", "TERM=x", "A=", "NO" };

static bool
is_asked_for(const char *var)
{
	size_t n = environ_name_length(var);

	for (size_t i = 0; i < 4; i++)
		if (environ_name_length(asked[i]) == n &&
		    strncmp(asked[i], var, n) == 0)
			return true;
	return strncmp(var, "PATH=", 5) == 0;
}

static bool
is_callers(const struct fuzz_words *w, const char *var)
{
	for (int i = 0; i < w->count; i++)
		if (w->word[i] == var)
			return true;
	return false;
}

static void
check_result(const struct environment *env, const struct fuzz_words *w,
    const struct daemon_spec *spec)
{
	check(env->vars[env->count] == NULL);
	for (size_t i = 0; i < env->count; i++) {
		char *var = env->vars[i];
		size_t n = environ_name_length(var);

		check(strchr(var, '=') != NULL ||
		    spec->env_base == ENV_KEEP);
		if (spec->env_base == ENV_CLEAR)
			check(is_kept_when_clear(var, n) || is_asked_for(var));
		if (spec->env_base == ENV_SESSIONLESS)
			check(environ_row(spec, var, n) == NULL ||
			    is_asked_for(var));
		if (!is_callers(w, var)) {
			check(is_asked_for(var));
			free(var);
		}
	}
}

FUZZ_TARGET(environ)
{
	struct fuzz_words w = fuzz_words(size > 0 ? data + 1 : data,
	    size > 0 ? size - 1 : 0);
	unsigned int flags = size > 0 ? data[0] : 0;
	const char *words[4];
	struct daemon_spec spec = { .env_base = (enum env_base)(flags % 3),
	    .foreground = (flags & 4) != 0,
	    .user = (flags & 8) != 0 ? "www" : NULL,
	    .env = { words, (flags & 16) != 0 ? 4 : 0 } };
	const struct account account = { .uid = (flags & 32) != 0 };
	struct environment env;
	struct fault fault;

	memcpy(words, asked, sizeof words);
	check(environ_build(&spec, &account, w.word, &env, &fault) == 0);
	check_result(&env, &w, &spec);
	for (size_t i = 0; i < env.dropped_count; i++)
		check(is_callers(&w, env.dropped[i].variable) &&
		    env.dropped[i].reason[0] != '\0');
	if (env.vars != env.few)
		free(env.vars);
	if (env.dropped != env.few_dropped)
		free(env.dropped);
	free(w.text);
}
