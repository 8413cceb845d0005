/* SPDX-License-Identifier: ISC
 *
 * Proves that nothing is left behind, and makes it so.
 *
 *	reaper [-k] [-g SECONDS] [-o FILE] [-t SECONDS] command [argument ...]
 *
 * Runs the command with every orphan below it coming here.  When the command
 * has ended, FILE gets a line `pid name` for each descendant still alive
 * (zombies are not); then all are killed and reaped, or kept with -k.  -g
 * allows them that long to end by themselves.  Exit status: the command's,
 * 128 + signal, 124 after -t seconds, 125 for a failure of ours.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_TIMEOUT = 124, STATUS_OURS = 125 };
enum { MAX_PROCESSES = 65536 };

struct process {
	pid_t pid;
	pid_t parent;
	char state;
	char name[32];
	int ours;
};

struct options {
	const char *list;	/* where the left-over processes go */
	double timeout;		/* 0 for none */
	double grace;
	int keep;
};

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
read_process(const char *pid, struct process *p)
{
	char path[64], text[512], *open_paren, *close_paren;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	if ((f = fopen(path, "re")) == NULL)
		return -1;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	open_paren = strchr(text, '(');
	close_paren = strrchr(text, ')');
	if (open_paren == NULL || close_paren == NULL)
		return -1;
	*close_paren = '\0';
	p->pid = (pid_t)atoi(text);
	snprintf(p->name, sizeof(p->name), "%.31s", open_paren + 1);
	p->ours = 0;
	return sscanf(close_paren + 1, " %c %d", &p->state, &p->parent) == 2 ?
	    0 : -1;
}

static size_t
read_all_processes(struct process *all)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	size_t n = 0;

	if (dir == NULL)
		err(STATUS_OURS, "/proc");
	while (n < MAX_PROCESSES && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    read_process(entry->d_name, &all[n]) == 0)
			n++;
	closedir(dir);
	return n;
}

/* In as many passes as there are generations out of order. */
static void
mark_ours(struct process *all, size_t n)
{
	int changed;

	do {
		changed = 0;
		for (size_t i = 0; i < n; i++) {
			int ours = all[i].parent == getpid();

			for (size_t j = 0; j < n && !ours; j++)
				ours = all[j].ours &&
				    all[j].pid == all[i].parent;
			if (ours && !all[i].ours)
				changed = all[i].ours = 1;
		}
	} while (changed);
}

/* Calls act for every living descendant; returns how many there are. */
static int
each_descendant(void (*act)(const struct process *, FILE *), FILE *out)
{
	struct process *all = calloc(MAX_PROCESSES, sizeof(*all));
	size_t n;
	int living = 0;

	if (all == NULL)
		err(STATUS_OURS, "memory");
	n = read_all_processes(all);
	mark_ours(all, n);
	for (size_t i = 0; i < n; i++) {
		if (!all[i].ours || strchr("ZX", all[i].state) != NULL)
			continue;
		living++;
		if (act != NULL)
			act(&all[i], out);
	}
	free(all);
	return living;
}

static void
print_process(const struct process *p, FILE *out)
{
	fprintf(out, "%d %s\n", (int)p->pid, p->name);
}

static void
kill_process(const struct process *p, FILE *out __attribute__((unused)))
{
	kill(p->pid, SIGKILL);
}

static void
kill_all(void)
{
	const struct timespec pause = { 0, 1000000 };

	/* Whoever forks faster than we list becomes our child in the end. */
	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);

		if (pid == -1 && errno == ECHILD)
			return;
		if (pid > 0)
			continue;
		each_descendant(kill_process, NULL);
		nanosleep(&pause, NULL);
	}
}

static void
list_left_over(const struct options *o)
{
	double until = now() + o->grace;
	const struct timespec pause = { 0, 2000000 };
	FILE *out;

	while (o->grace > 0 && now() < until &&
	    each_descendant(NULL, NULL) > 0)
		nanosleep(&pause, NULL);
	if (o->list == NULL)
		return;
	if ((out = fopen(o->list, "we")) == NULL)
		err(STATUS_OURS, "%s", o->list);
	each_descendant(print_process, out);
	if (fclose(out) != 0)
		err(STATUS_OURS, "%s", o->list);
}

/* A signal to us ends the run, and nothing survives that either. */
static void
watched_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
}

static pid_t
start(char **argv)
{
	struct sigaction standard = { .sa_handler = SIG_DFL }, callers;
	sigset_t set, old;
	pid_t pid;

	watched_signals(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	sigaction(SIGCHLD, &standard, &callers);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		err(STATUS_OURS, "subreaper");
	if ((pid = fork()) == -1)
		err(STATUS_OURS, "fork");
	if (pid > 0)
		return pid;
	sigaction(SIGCHLD, &callers, NULL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	execvp(argv[0], argv);
	err(errno == ENOENT ? 127 : 126, "%s", argv[0]);
}

/* Reaps whoever ends, until the command does. */
static int
wait_for_command(pid_t command, double timeout)
{
	double until = now() + timeout;
	sigset_t set;

	watched_signals(&set);
	for (;;) {
		struct timespec tick = { 0, 20000000 };
		int status, sig;
		pid_t pid;

		while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
			if (pid == command)
				return WIFSIGNALED(status) ?
				    128 + WTERMSIG(status) :
				    WEXITSTATUS(status);
		if (timeout > 0 && now() > until)
			return STATUS_TIMEOUT;
		sig = sigtimedwait(&set, NULL, &tick);
		if (sig > 0 && sig != SIGCHLD)
			return 128 + sig;
	}
}

int
main(int argc, char *argv[])
{
	struct options o = { NULL, 0, 0, 0 };
	int c, status;

	while ((c = getopt(argc, argv, "+g:ko:t:")) != -1) {
		if (c == 'g')
			o.grace = atof(optarg);
		else if (c == 'k')
			o.keep = 1;
		else if (c == 'o')
			o.list = optarg;
		else if (c == 't')
			o.timeout = atof(optarg);
		else
			return STATUS_OURS;
	}
	if (optind >= argc)
		errx(STATUS_OURS, "usage: reaper [-k] [-g SECONDS] [-o FILE] "
		    "[-t SECONDS] command ...");
	status = wait_for_command(start(argv + optind), o.timeout);
	list_left_over(&o);
	if (!o.keep)
		kill_all();
	return status;
}
