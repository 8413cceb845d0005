/* SPDX-License-Identifier: ISC
 *
 * Signals and schedules: text to values and back, without side effects.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "parse.h"
#include "schedule.h"

#define SIGNAL_LAST	64

/* A day is longer than anybody waits, and far from any overflow. */
#define WAIT_LONGEST	86400

/* Not on each machine: 0 is no signal. */
#ifndef SIGSTKFLT
#define SIGSTKFLT	0
#endif

#define NO_SCHEDULE	"it is SIGNAL/SECONDS/..., or SECONDS, a day at most"

/* Of one number, the name comes before its aliases. */
static const struct {
	const char	*name;
	int		 number;
} names[] = {
#define SIGNAL_NAME(name) { #name, SIG##name },
#define SIGNAL_ALIAS(alias, name) { #alias, SIG##name },
#include "signals.def"
};

static int
parse_realtime(const char *name, int *signal)
{
	int base = 0, n = 0;

	if (strncasecmp(name, "RTMIN", 5) == 0)
		base = SIGRTMIN;
	else if (strncasecmp(name, "RTMAX", 5) == 0)
		base = SIGRTMAX;
	else
		return EINVAL;
	if (name[5] != '\0' &&
	    (name[5] != (base == SIGRTMIN ? '+' : '-') ||
	    parse_fd(name + 6, &n) != 0 || n > SIGRTMAX - SIGRTMIN))
		return EINVAL;
	*signal = base == SIGRTMIN ? base + n : base - n;
	return 0;
}

/* 0: it has none. */
static int
number_of(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcasecmp(name, names[i].name) == 0)
			return names[i].number;
	return 0;
}

int
parse_signal(const char *text, int *signal)
{
	const char *name = text;
	int n;

	if (parse_fd(text, &n) != 0) {
		if (strncasecmp(name, "SIG", 3) == 0)
			name += 3;
		n = number_of(name);
		if (n == 0)
			return parse_realtime(name, signal);
	}
	if (n < 1 || n > SIGNAL_LAST)
		return EINVAL;
	*signal = n;
	return 0;
}

static const char *
signal_name(int signal)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].number == signal)
			return names[i].name;
	return NULL;
}

const char *
signal_words(int signal, char text[SIGNAL_WORDS])
{
	const char *name = signal_name(signal);

	snprintf(text, SIGNAL_WORDS, "signal %d%s%s", signal,
	    name != NULL ? ", SIG" : "", name != NULL ? name : "");
	return text;
}

static void
add_item(struct schedule *s, int signal, long wait)
{
	s->item[s->count++] = (struct schedule_item){ signal, wait };
}

/* A number alone is seconds; a signal's number needs a dash. */
static int
parse_item(const char *text, struct schedule *s, const char **why)
{
	const char *name = text[0] == '-' ? text + 1 : text;
	int n, signal = 0;
	long wait = 0;

	if (strcmp(text, "forever") == 0) {
		*why = "forever stands in it once at most";
		if (s->repeat != -1)
			return EINVAL;
		s->repeat = s->count;
		return 0;
	}
	if (parse_fd(text, &n) == 0) {
		if (n > WAIT_LONGEST)
			return EINVAL;
		wait = n * 1000L;
	} else if (parse_signal(name, &signal) != 0)
		return EINVAL;
	*why = "it has too many items";
	if (s->count == SCHEDULE_ITEMS)
		return EINVAL;
	add_item(s, signal, wait);
	return 0;
}

static int
parse_items(const char *text, struct schedule *s, const char **why)
{
	char item[32];
	int error = 0;

	while (error == 0) {
		size_t n = strcspn(text, "/");

		*why = NO_SCHEDULE;
		if (n >= sizeof item)
			return EINVAL;
		memcpy(item, text, n);
		item[n] = '\0';
		error = parse_item(item, s, why);
		if (text[n] == '\0')
			break;
		text += n + 1;
	}
	return error;
}

/* What repeats must wait for something, or it would spin. */
static bool
repeats_in_time(const struct schedule *s)
{
	if (s->repeat == -1)
		return true;
	for (int i = s->repeat; i < s->count; i++)
		if (s->item[i].wait > 0)
			return true;
	return false;
}

int
parse_schedule(const char *text, struct schedule *schedule, const char **why)
{
	struct schedule s = { .repeat = -1 };
	int seconds;

	*why = NO_SCHEDULE;
	if (parse_fd(text, &seconds) == 0) {
		if (seconds > WAIT_LONGEST)
			return EINVAL;
		add_item(&s, SIGTERM, 0);
		add_item(&s, 0, seconds * 1000L);
		add_item(&s, SIGKILL, 0);
		add_item(&s, 0, seconds * 1000L);
	} else if (parse_items(text, &s, why) != 0)
		return EINVAL;
	/* `forever` is an item, too. */
	*why = NO_SCHEDULE;
	if (s.count + (s.repeat != -1) < 2)
		return EINVAL;
	*why = "what follows forever must contain a wait above 0";
	if (!repeats_in_time(&s))
		return EINVAL;
	*schedule = s;
	return 0;
}
