/* SPDX-License-Identifier: ISC
 *
 * --status and --list: what can be told of daemons, for persons and machines.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat.h"
#include "control.h"
#include "json.h"
#include "lookup.h"
#include "proc.h"
#include "show.h"

const char *
entry_state(enum status status)
{
	switch (status) {
	case EXIT_OK:
		return "running";
	case EXIT_DEAD:
		return "dead";
	case EXIT_NOT_RUNNING:
		return "not running";
	default:
		return "unknown";
	}
}

/*
 * Not its command line: the kernel reads that from its memory, whose lock a
 * file system may hold for ever.
 */
static void
read_program(pid_t pid, char *text, size_t size)
{
	char path[32];
	ssize_t n = 0;

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	if (proc_is_ours())
		n = proc_read_text(path, text, size);
	/* It ends with a newline. */
	text[n > 0 ? n - 1 : 0] = '\0';
}

static void
read_user(pid_t pid, char *text, size_t size)
{
	const struct passwd *entry;
	uid_t uid;

	text[0] = '\0';
	if (!pid_user(pid, &uid))
		return;
	entry = passwd_of(uid);
	if (entry != NULL)
		strlcpy(text, entry->pw_name, size);
	else
		snprintf(text, size, "%u", (unsigned)uid);
}

/* Ticks since the boot to the calendar. */
static time_t
calendar(unsigned long long ticks)
{
	struct timespec now, up;
	long hertz = sysconf(_SC_CLK_TCK);
	double since;

	if (ticks == 0 || hertz <= 0 ||
	    clock_gettime(CLOCK_REALTIME, &now) == -1 ||
	    clock_gettime(CLOCK_BOOTTIME, &up) == -1)
		return 0;
	since = (double)(now.tv_sec - up.tv_sec) +
	    (double)(now.tv_nsec - up.tv_nsec) / 1e9 +
	    (double)ticks / (double)hertz;
	/* Rounded, it is the same second whenever it is asked for. */
	return (time_t)(since + 0.5);
}

static void
describe_running(struct target *t, struct entry *e)
{
	read_program(t->pid, e->program, sizeof e->program);
	read_user(t->pid, e->user, sizeof e->user);
	e->ready = t->id.ready;
	e->since = calendar(t->id.start);
	/* Or else it may have been another process that we have looked at. */
	e->status = target_gone(t, false, 0) ? EXIT_DEAD : EXIT_OK;
}

void
entry_fill(struct target *t, int error, const struct fault *fault,
    struct entry *e)
{
	e->pid = t->pid;
	e->status = EXIT_UNKNOWN;
	if (error != 0) {
		snprintf(e->reason, sizeof e->reason, "%s%s%s%s",
		    error_text(error), fault->detail[0] != '\0' ? " (" : "",
		    fault->detail, fault->detail[0] != '\0' ? ")" : "");
		defuse(e->reason);
		return;
	}
	switch (t->state) {
	case PIDFILE_RUNNING:
		describe_running(t, e);
		break;
	case PIDFILE_STALE:
		e->status = EXIT_DEAD;
		break;
	case PIDFILE_NONE:
		e->status = EXIT_NOT_RUNNING;
		break;
	case PIDFILE_DOUBT:
		snprintf(e->reason, sizeof e->reason, "%s",
		    error_text(REASON_UNPROVEN));
		break;
	}
}

static void
format_time(time_t when, char *text, size_t size)
{
	struct tm tm;

	if (when == 0 || localtime_r(&when, &tm) == NULL ||
	    strftime(text, size, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(text, size, "unknown");
}

/* What is known of it; without --ready, running is all that was asked for. */
static const char *
ready_text(enum readiness ready)
{
	static const char *const texts[] = { "started", "not ready", "ready" };

	return texts[ready];
}

static const char *
known(const char *text)
{
	return text[0] != '\0' ? text : "unknown";
}

static void
print_status(const struct entry *e)
{
	char since[64];

	format_time(e->since, since, sizeof since);
	switch (e->status) {
	case EXIT_OK:
		printf("%s: running (process %d, user %s, since %s, %s, "
		    "%s)\n", e->name, (int)e->pid, known(e->user),
		    since, known(e->program), ready_text(e->ready));
		break;
	case EXIT_DEAD:
		printf("%s: dead, stale pidfile (process %d)\n", e->name,
		    (int)e->pid);
		break;
	case EXIT_NOT_RUNNING:
		printf("%s: not running\n", e->name);
		break;
	default:
		printf("%s: unknown: %s", e->name, e->reason);
		if (e->pid != 0)
			printf(" (process %d)", (int)e->pid);
		putchar('\n');
	}
}

static void
print_json_text(const char *name, const char *text, bool *first)
{
	json_name(name, first);
	if (text[0] != '\0')
		json_string(text, strlen(text));
	else
		fputs("null", stdout);
}

void
entry_print_json(const struct entry *e)
{
	bool first = true;

	putchar('{');
	print_json_text("name", e->name, &first);
	print_json_text("state", entry_state(e->status), &first);
	json_name("pid", &first);
	if (e->pid != 0)
		printf("%d", (int)e->pid);
	else
		fputs("null", stdout);
	print_json_text("user", e->user, &first);
	print_json_text("program", e->program, &first);
	json_name("since", &first);
	if (e->since != 0)
		printf("%lld", (long long)e->since);
	else
		fputs("null", stdout);
	json_name("ready", &first);
	fputs(e->status != EXIT_OK || e->ready == READINESS_UNASKED ? "null" :
	    e->ready == READINESS_YES ? "true" : "false", stdout);
	print_json_text("reason", e->reason, &first);
	putchar('}');
}

int
show_printed(void)
{
	int error = flush_output();

	return error == 0 ? 0 : fail_with(STEP_print, error, NULL);
}

int
control_status(const struct daemon_spec *spec)
{
	struct entry e = { 0 };
	struct fault fault;
	struct target t;
	int error = control_find(spec, &t, &fault);

	entry_fill(&t, error, &fault, &e);
	target_close(&t);
	e.name = strdup(spec->name != NULL ? spec->name : spec->pidfile);
	if (e.name == NULL)
		return fail_with(STEP_print, ENOMEM, NULL);
	if (spec->json) {
		entry_print_json(&e);
		putchar('\n');
	} else if (!spec->quiet) {
		defuse(e.name);
		defuse(e.program);
		print_status(&e);
	}
	free(e.name);
	error = show_printed();
	return error != 0 ? error : (int)e.status;
}
