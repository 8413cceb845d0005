/* SPDX-License-Identifier: ISC
 *
 * --list: the daemons of the run directory.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "rundir.h"
#include "show.h"

/* A duration in two units at most: 3d04h, 5h07m, 8m09s, 10s. */
static void
format_uptime(time_t since, char *text, size_t size)
{
	long s = (long)(time(NULL) - since);

	/* Rounded, the start may lie in the second to come. */
	if (s < 0)
		s = 0;
	if (since == 0)
		snprintf(text, size, "-");
	else if (s >= 86400)
		snprintf(text, size, "%ldd%02ldh", s / 86400, s / 3600 % 24);
	else if (s >= 3600)
		snprintf(text, size, "%ldh%02ldm", s / 3600, s / 60 % 60);
	else if (s >= 60)
		snprintf(text, size, "%ldm%02lds", s / 60, s % 60);
	else
		snprintf(text, size, "%lds", s);
}

static void
print_row(const struct entry *e, int width)
{
	char uptime[32], pid[16] = "-";

	format_uptime(e->since, uptime, sizeof uptime);
	if (e->pid != 0)
		snprintf(pid, sizeof pid, "%d", (int)e->pid);
	printf("%-*s  %-11s  %7s  %8s  %s\n", width, e->name,
	    entry_state(e->status), pid, uptime,
	    e->status == EXIT_UNKNOWN ? e->reason :
	    e->program[0] != '\0' ? e->program : "-");
}

/* How much of a file's name is the daemon's: FILE or FILE.id. */
static size_t
base_length(const char *file)
{
	size_t n = strlen(file);

	return n > 3 && strcmp(file + n - 3, ".id") == 0 ? n - 3 : n;
}

static bool
base_name(const char *file, char *name, size_t size)
{
	return (size_t)snprintf(name, size, "%.*s", (int)base_length(file),
	    file) < size && is_daemon_name(name);
}

static int
is_entry(const struct dirent *file)
{
	char name[NAME_MAX + 1];

	return base_name(file->d_name, name, sizeof name);
}

/* By the daemons' names: the two files of one stand side by side. */
static int
by_base(const struct dirent **a, const struct dirent **b)
{
	size_t n = base_length((*a)->d_name), m = base_length((*b)->d_name);
	int order = memcmp((*a)->d_name, (*b)->d_name, n < m ? n : m);

	return order != 0 ? order : (n > m) - (n < m);
}

static void
fill(struct entry *e, const char *dir, const char *name)
{
	struct fault fault;
	struct target t;
	char path[4096];
	int error;

	*e = (struct entry){ .name = strdup(name) };
	snprintf(path, sizeof path, "%s/%s", dir, name);
	fault_set(&fault, STEP_list, 0, name);
	error = target_find(&t, path, &fault);
	entry_fill(&t, error, &fault, e);
	target_close(&t);
}

static void
print_list(struct entry *list, int count, bool json)
{
	int width = 4;

	for (int i = 0; i < count; i++)
		if ((int)strlen(list[i].name) > width)
			width = (int)strlen(list[i].name);
	if (!json)
		printf("%-*s  %-11s  %7s  %8s  %s\n", width, "NAME", "STATE",
		    "PID", "UPTIME", "PROGRAM");
	for (int i = 0; i < count; i++) {
		if (json) {
			fputs(i > 0 ? "," : "", stdout);
			entry_print_json(&list[i]);
		} else {
			defuse(list[i].program);
			print_row(&list[i], width);
		}
	}
}

static int
fill_all(struct entry *list, const char *dir, struct dirent **files, int n)
{
	char name[NAME_MAX + 1];
	int count = 0;

	for (int i = 0; i < n; i++) {
		if (!base_name(files[i]->d_name, name, sizeof name) ||
		    (count > 0 && strcmp(list[count - 1].name, name) == 0))
			continue;
		fill(&list[count], dir, name);
		if (list[count].name == NULL)
			return -1;
		count++;
	}
	return count;
}

int
control_list(const struct daemon_spec *spec)
{
	struct dirent **files = NULL;
	struct entry *list;
	char *dir = NULL;
	int n, error = rundir_path(&dir);

	if (error != 0)
		return fail_with(STEP_list, error, NULL);
	n = scandir(dir, &files, is_entry, by_base);
	if (n == -1 && errno != ENOENT)
		return fail_with(STEP_list, errno, dir);
	if (n == -1)
		n = 0;
	list = calloc((size_t)n + 1, sizeof *list);
	if (list == NULL || (n = fill_all(list, dir, files, n)) == -1) {
		free(list);
		return fail_with(STEP_list, ENOMEM, dir);
	}
	if (spec->json)
		putchar('[');
	print_list(list, n, spec->json);
	if (spec->json)
		printf("]\n");
	free(list);
	return show_printed();
}
