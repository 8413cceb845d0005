/* SPDX-License-Identifier: ISC
 *
 * The daemon's environment.  Later sources win: the caller, the user, the
 * default PATH, --env-file, --env.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "environ.h"
#include "parse.h"

#define ROOT_PATH	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:" \
			"/sbin:/bin"
#define USER_PATH	"/usr/local/bin:/usr/bin:/bin"

static char **
find_var(char **vars, const char *name, size_t length)
{
	for (; vars != NULL && *vars != NULL; vars++)
		if (strncmp(*vars, name, length) == 0 && (*vars)[length] == '=')
			return vars;
	return NULL;
}

void
environ_init(struct environment *env)
{
	*env = (struct environment){ .room = ENV_FEW,
	    .dropped_room = ENV_FEW_DROPPED };
	env->vars = env->few;
	env->dropped = env->few_dropped;
}

/* Double an array of `room` entries, which is not allocated if `few`. */
static void *
enlarge(void *array, size_t *room, size_t size, const void *few)
{
	void *more = reallocarray(array != few ? array : NULL, *room * 2, size);

	if (more == NULL)
		return NULL;
	if (array == few)
		memcpy(more, few, *room * size);
	*room *= 2;
	return more;
}

/* Room for one more, and for the NULL that ends the array. */
static int
make_room(struct environment *env)
{
	char **vars;

	if (env->count + 2 <= env->room)
		return 0;
	vars = enlarge(env->vars, &env->room, sizeof *vars, env->few);
	if (vars == NULL)
		return ENOMEM;
	env->vars = vars;
	return 0;
}

/* The string is borrowed. */
static int
append_var(struct environment *env, char *variable)
{
	int error = make_room(env);

	if (error != 0)
		return error;
	env->vars[env->count++] = variable;
	env->vars[env->count] = NULL;
	return 0;
}

static void
remove_var(struct environment *env, const char *name, size_t length)
{
	char **at;

	while ((at = find_var(env->vars, name, length)) != NULL) {
		memmove(at, at + 1, (size_t)(env->vars + env->count - at) *
		    sizeof *at);
		env->count--;
	}
}

void
environ_unset(struct environment *env, const char *name)
{
	remove_var(env, name, strlen(name));
}

/* What is set after all has not been dropped. */
static void
forget_dropped(struct environment *env, const char *variable, size_t length)
{
	size_t n = 0;

	for (size_t i = 0; i < env->dropped_count; i++)
		if (strncmp(env->dropped[i].variable, variable, length + 1) !=
		    0)
			env->dropped[n++] = env->dropped[i];
	env->dropped_count = n;
}

int
environ_set(struct environment *env, char *variable)
{
	size_t length = environ_name_length(variable);

	remove_var(env, variable, length);
	forget_dropped(env, variable, length);
	return append_var(env, variable);
}

static int
set_pair(struct environment *env, const char *name, const char *value)
{
	char *variable;
	int error;

	if (asprintf(&variable, "%s=%s", name, value) == -1)
		return ENOMEM;
	if ((error = environ_set(env, variable)) != 0)
		free(variable);
	return error;
}

static int
note_dropped(struct environment *env, const char *variable,
    const struct drop_row *row)
{
	struct dropped *d = env->dropped;

	if (env->dropped_count == env->dropped_room)
		d = enlarge(d, &env->dropped_room, sizeof *d,
		    env->few_dropped);
	if (d == NULL)
		return ENOMEM;
	env->dropped = d;
	d[env->dropped_count++] = (struct dropped){ variable,
	    row != NULL ? row->reason : "is not asked for",
	    row != NULL ? row->class : DROP_LOGIN };
	return 0;
}

static const char *
value_of(char **vars, const char *name)
{
	size_t n = strlen(name);
	char **var = find_var(vars, name, n);

	return var != NULL ? *var + n + 1 : NULL;
}

/* The value of a caller's number variable, 0 without one. */
static int
caller_number(char **caller, const char *name)
{
	const char *value = value_of(caller, name);
	int n;

	return value != NULL && parse_fd(value, &n) == 0 ? n : 0;
}

/* Sockets are ours to hand on only if they were passed to us, and are there. */
static bool
has_listen_fds(char **caller)
{
	int count = caller_number(caller, "LISTEN_FDS");

	if (caller_number(caller, "LISTEN_PID") != getpid() || count <= 0)
		return false;
	for (int i = 0; i < count; i++)
		if (fcntl(3 + i, F_GETFD) == -1)
			return false;
	return true;
}

/* The very same string, and not one that says the same. */
static bool
is_callers(const struct environment *env, char **caller, const char *name)
{
	return environ_get(env, name) == value_of(caller, name);
}

static int
take_from_caller(const struct daemon_spec *spec, char **caller,
    struct environment *env)
{
	bool listening = spec->foreground && has_listen_fds(caller);
	int error = 0;

	for (; error == 0 && caller != NULL && *caller != NULL; caller++) {
		char *var = *caller;
		size_t length = environ_name_length(var);
		const struct drop_row *row;

		/*
		 * What is no variable passes only with all the rest; what
		 * --env names comes from there, in its turn.
		 */
		if (var[length] == '\0' ? spec->env_base != ENV_KEEP :
		    environ_is_asked_for(spec, var, length))
			continue;
		row = environ_row(spec, var, length);
		if (environ_passes(spec, var, length, row, listening))
			error = append_var(env, var);
		else
			error = note_dropped(env, var, row);
	}
	return error;
}

static int
take_from_account(const struct account *account, struct environment *env)
{
	int error = 0;

	if (account->named && (
	    (error = set_pair(env, "HOME", account->home)) != 0 ||
	    (error = set_pair(env, "USER", account->name)) != 0 ||
	    (error = set_pair(env, "LOGNAME", account->name)) != 0 ||
	    (error = set_pair(env, "SHELL", account->shell)) != 0))
		return error;
	if (environ_get(env, "PATH") == NULL)
		error = set_pair(env, "PATH", environ_path(env, account));
	return error;
}

static int
take_words(const struct daemon_spec *spec, char **caller,
    struct environment *env)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < spec->env.count; i++) {
		const char *word = spec->env.word[i];
		char *copy, **passed;

		if (strchr(word, '=') != NULL) {
			copy = strdup(word);
			error = copy != NULL ? environ_set(env, copy) : ENOMEM;
			if (error != 0)
				free(copy);
			continue;
		}
		passed = find_var(caller, word, strlen(word));
		if (passed != NULL)
			error = environ_set(env, *passed);
	}
	return error;
}

/* Its value is known when there is a socket. */
static int
reserve_notify(const struct daemon_spec *spec, struct environment *env,
    struct fault *fault)
{
	int error = environ_claim(spec, env, "NOTIFY_SOCKET", "--ready", fault);

	if (error != 0)
		return error;
	if ((env->notify = malloc(ENV_NOTIFY_SIZE)) == NULL)
		return fault_set(fault, STEP_command_line, ENOMEM, NULL);
	memcpy(env->notify, ENV_NOTIFY, sizeof ENV_NOTIFY);
	error = environ_set(env, env->notify);
	return error == 0 ? 0 :
	    fault_set(fault, STEP_command_line, error, NULL);
}

int
environ_build(const struct daemon_spec *spec, const struct account *account,
    char **caller, struct environment *env, struct fault *fault)
{
	int error;

	environ_init(env);
	error = take_from_caller(spec, caller, env);
	if (error == 0 && spec->env_base != ENV_KEEP)
		error = take_from_account(account, env);
	for (size_t i = 0; error == 0 && i < spec->env_files.count; i++) {
		error = environ_read(account, spec->env_files.word[i], env,
		    fault);
		if (error != 0)
			return error;
	}
	if (error == 0)
		error = take_words(spec, caller, env);
	if (error != 0)
		return fault_set(fault, STEP_command_line, error, NULL);
	/* A program that lacks one of the two does not look for sockets. */
	if (spec->foreground && has_listen_fds(caller) &&
	    is_callers(env, caller, "LISTEN_FDS") &&
	    is_callers(env, caller, "LISTEN_PID"))
		env->listen_fds = caller_number(caller, "LISTEN_FDS");
	return spec_awaits(spec, CONDITION_notify) == NULL ? 0 :
	    reserve_notify(spec, env, fault);
}

const char *
environ_get(const struct environment *env, const char *name)
{
	return value_of(env->vars, name);
}

const char *
environ_path(const struct environment *env, const struct account *account)
{
	const char *path = environ_get(env, "PATH");

	if (path != NULL)
		return path;
	return account->uid == 0 ? ROOT_PATH : USER_PATH;
}
