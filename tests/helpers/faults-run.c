/* SPDX-License-Identifier: ISC
 *
 * Running a command in its state, from the worst caller there is, and seeing
 * what has become of it.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"

enum { RUN_MILLISECONDS = 5000, MOMENT = 1000 };

/* Inheritable and ambient capabilities, as a careless caller leaves them. */
static void
dirty_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) == -1)
		_exit(OURS);
	data[0].inheritable |= 1U << CAP_CHOWN | 1U << CAP_NET_RAW;
	data[0].inheritable &= data[0].permitted;
	(void)syscall(SYS_capset, &header, data);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0);
}

static void
be_dirty(const struct world *w)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;

	if (dup2(w->out, 1) == -1 || dup2(w->err, 2) == -1 ||
	    dup2(w->err, 57) == -1)
		_exit(OURS);
	umask(0);
	sigaction(SIGUSR1, &ignore, NULL);
	sigaction(SIGCHLD, &ignore, NULL);
	sigaction(SIGRTMIN + 3, &ignore, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_SETMASK, &set, NULL);
	dirty_capabilities();
	if (w->ordinary && (chdir("theirs") == -1 ||
	    setgroups(0, NULL) == -1 || setgid(NOBODY) == -1 ||
	    setuid(NOBODY) == -1))
		_exit(OURS);
}

static pid_t
spawn(const struct world *w, const char *const *argv, bool traced)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char caller[] = "FROM_CALLER=1";
	static char *const environment[] = { path, caller, NULL };
	pid_t pid;

	if (ftruncate(w->out, 0) == -1 || ftruncate(w->err, 0) == -1 ||
	    lseek(w->out, 0, SEEK_SET) == -1 ||
	    lseek(w->err, 0, SEEK_SET) == -1 || (pid = vfork()) == -1)
		err(OURS, "spawn");
	if (pid > 0)
		return pid;
	if (traced && ptrace(PTRACE_TRACEME, 0, 0, 0) == -1)
		_exit(OURS);
	be_dirty(w);
	/* It changes nothing, but its type is older than const. */
	execve(w->daemonize, (char *const *)(uintptr_t)argv, environment);
	_exit(OURS);
}

static void
read_output(int fd, char *text)
{
	ssize_t n = pread(fd, text, TEXT - 1, 0);

	text[n > 0 ? n : 0] = '\0';
}

static int
exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

static void
alarm_handler(int sig)
{
	(void)sig;
}

/* From now on waiting is interrupted, again and again once it is late. */
static void
limit_time(int milliseconds)
{
	const struct sigaction act = { .sa_handler = alarm_handler };
	const struct itimerval timer = {
		.it_interval.tv_usec = milliseconds != 0 ? 50000 : 0,
		.it_value.tv_sec = milliseconds / 1000,
		.it_value.tv_usec = milliseconds % 1000 * 1000 };

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

bool
is_living(struct world *w, pid_t pid)
{
	int status;
	pid_t reaped = waitpid(pid, &status, WNOHANG | __WALL);

	if (reaped == pid && !WIFSTOPPED(status)) {
		if (pid == w->daemon)
			w->daemon = 0;
		return false;
	}
	return reaped == pid || (reaped == 0 && kill(pid, 0) == 0);
}

/* Is it the program, and not something that looks after it? */
static bool
is_program(pid_t pid)
{
	static const char name[] = "/witness";
	char path[64], exe[256];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, exe, sizeof(exe));
	return n > (ssize_t)strlen(name) && memcmp(exe + n - strlen(name),
	    name, strlen(name)) == 0;
}

/* Whoever has lost his parent is our child. */
static void
count_living(struct world *w, struct outcome *o)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	int pid;

	if (f == NULL)
		errx(OURS, "kernel: no list of children");
	o->living = o->others = 0;
	while (fscanf(f, "%d", &pid) == 1) {
		if (pid == w->daemon || !is_living(w, pid))
			continue;
		if (is_program(pid)) {
			o->living++;
			o->program = pid;
		} else {
			o->others++;
		}
	}
	fclose(f);
}

/* Without faults.  What daemons it leaves become our children. */
static int
run_plain(struct world *w, const char *const *argv, struct outcome *o)
{
	pid_t pid = spawn(w, argv, false);
	int status = 0;

	limit_time(RUN_MILLISECONDS);
	while (waitpid(pid, &status, 0) == -1)
		if (errno == EINTR) {
			kill(pid, SIGKILL);
			status = -1;
		} else {
			break;
		}
	limit_time(0);
	read_output(w->out, o->out);
	read_output(w->err, o->err);
	o->status = status == -1 ? -1 : exit_status(status);
	return o->status;
}

/* Mounts of our own have other numbers in each world. */
static void
take_state(const struct world *w, struct outcome *o, const char *state)
{
	const char *root = strstr(state, w->root);

	if (root == NULL)
		snprintf(o->run_state, TEXT, "%s", state);
	else
		snprintf(o->run_state, TEXT, "%.*s root=new %s",
		    (int)(root - state), state, root + strlen(w->root));
}

static void
take_line(struct world *w, struct outcome *o, char *line)
{
	char *rest;
	long pid, keyring, session;

	if (strcmp(line, "ready") == 0) {
		o->ready = true;
		return;
	}
	if (strncmp(line, "run ", 4) != 0) {
		snprintf(o->told, sizeof(o->told), "%.3s", line);
		return;
	}
	pid = strtol(line + 4, &rest, 10);
	keyring = strtol(rest, &rest, 10);
	session = strtol(rest, &rest, 10);
	o->runs++;
	o->run_pid = (pid_t)pid;
	o->same_keyring = keyring == w->keyring;
	o->same_session = session == getsid(0);
	take_state(w, o, rest);
}

void
hear(struct world *w, struct outcome *o, bool must)
{
	struct pollfd p = { .fd = w->fifo, .events = POLLIN };
	static char text[65536];
	char *line, *save;
	ssize_t n;

	if (poll(&p, 1, must ? RUN_MILLISECONDS : 0) != 1)
		return;
	n = read(w->fifo, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	for (line = strtok_r(text, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save))
		take_line(w, o, line);
}

static const char *
expand(const char *word, bool program)
{
	if (strcmp(word, "%P") == 0)
		return program ? "/run/w/witness" : "/run/w/fifo";
	if (strcmp(word, "%D") == 0)
		return program ? "/run/w/dynamic/witness" : "/run/w/fifo";
	return NULL;
}

static void
make_argv(const struct scenario *s, const char **argv)
{
	int n = 0;

	argv[n++] = "daemonize";
	for (int i = 0; i < s->words; i++) {
		const char *expanded = expand(s->word[i], true);

		argv[n++] = expanded != NULL ? expanded : s->word[i];
		if (expanded != NULL)
			argv[n++] = expand(s->word[i], false);
	}
	argv[n] = NULL;
}

int
run_again(struct world *w, const struct scenario *s, struct outcome *o)
{
	const char *argv[WORDS + 4];

	world_begin();
	make_argv(s, argv);
	return run_plain(w, argv, o);
}

int
run_control(struct world *w, const struct scenario *s, const char *option,
    struct outcome *o)
{
	const char *argv[] = { "daemonize", option, "-p", "pid",
	    strcmp(option, "--stop") == 0 ? "--retry=KILL/2" : NULL, NULL };

	if (s->named) {
		argv[2] = "-n";
		argv[3] = "svc";
	}
	return run_plain(w, argv, o);
}

static void
kill_children(void)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	int pid;

	while (f != NULL && fscanf(f, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	if (f != NULL)
		fclose(f);
}

/* Whatever runs in this world, or did. */
void
kill_programs(struct world *w)
{
	int status;
	pid_t pid;

	w->daemon = 0;
	w->tracer.processes = 0;
	limit_time(RUN_MILLISECONDS);
	do
		kill_children();
	while ((pid = waitpid(-1, &status, __WALL)) != -1);
	if (errno != ECHILD)
		errx(OURS, "a process is left");
	limit_time(0);
}

static void
start_daemon(struct world *w, const struct scenario *s)
{
	const char *argv[] = { "daemonize", "-p", "pid", "/run/w/witness",
	    "/run/w/fifo", s->state == STUBBORN ? "stubborn" :
	    s->state == GROUPED ? "member" : NULL, NULL };
	static struct outcome o;

	o = (struct outcome){ 0 };
	if (s->state == NAMED) {
		argv[1] = "-n";
		argv[2] = "svc";
	}
	if (run_plain(w, argv, &o) != 0)
		errx(OURS, "%s: no daemon: %d, %s", s->name, o.status, o.err);
	hear(w, &o, true);
	w->daemon = o.run_pid;
}

static void
write_old(const char *path)
{
	FILE *f = fopen(path, "we");

	if (f == NULL || fputs("old\n", f) == EOF || fclose(f) == EOF ||
	    chmod(path, 0640) == -1)
		err(OURS, "%s", path);
}

/* What is as it was need not be made again. */
void
world_prepare(struct world *w, const struct scenario *s)
{
	static char now[TEXT];
	static struct outcome heard;

	world_picture(now, true);
	hear(w, &heard, false);
	if (w->prepared == s && strcmp(now, w->before) == 0 &&
	    (s->state < RUNNING || (w->daemon != 0 &&
	    is_living(w, w->daemon))))
		return;
	kill_programs(w);
	world_clear(w);
	w->ordinary = s->state == ORDINARY;
	if (s->state >= STALE)
		start_daemon(w, s);
	if (s->state == STALE) {
		kill_programs(w);
		write_old("log");
		write_old("out");
	}
	world_picture(w->before, true);
	w->prepared = s;
}

/* Until everybody has ended, or executed something else. */
static void
follow(struct world *w, struct outcome *o)
{
	struct tracer *t = &w->tracer;
	bool hangs = false;
	int status;
	pid_t pid;

	limit_time(RUN_MILLISECONDS);
	while (!tracer_is_done(t)) {
		if ((pid = waitpid(-1, &status, __WALL)) != -1) {
			if (!tracer_handle(t, pid, status) &&
			    pid == w->daemon && !WIFSTOPPED(status))
				w->daemon = 0;
			continue;
		}
		if (errno != EINTR)
			break;
		hangs = true;
		for (int i = 0; i < t->processes; i++)
			if (!t->process[i].ended)
				kill(t->process[i].pid, SIGKILL);
	}
	limit_time(0);
	if (hangs)
		o->status = -1;
	else
		o->status = t->process[0].executed ? 0 :
		    exit_status(t->process[0].status);
}

void
run_traced(struct world *w, const struct scenario *s, struct outcome *o)
{
	struct tracer *t = &w->tracer;
	const char *argv[WORDS + 4];

	world_begin();
	memset(o, 0, offsetof(struct outcome, out));
	o->out[0] = o->err[0] = o->run_state[0] = o->told[0] = '\0';
	o->runs = 0;
	o->ready = false;
	make_argv(s, argv);
	tracer_begin(t, spawn(w, argv, true));
	follow(w, o);
	o->executed = t->process[0].executed;
	o->killed = t->wishes > 0 && t->wish[0].action == KILL &&
	    t->wish[0].process == 0 && t->wish[0].hits > 0;
	o->never = t->wishes > 0 && t->wish[0].hits == 0;
	/* Who was killed, or did not wait, leaves what takes a moment. */
	for (int i = 0; count_living(w, o), i < MOMENT; i++) {
		if (o->others == 0 && (t->wishes == 0 ||
		    t->wish[0].action != KILL ||
		    o->living <= (s->kind != DYING)))
			break;
		poll(NULL, 0, 1);
	}
	read_output(w->out, o->out);
	read_output(w->err, o->err);
	/* Who waits until it is ready need not wait to hear of it. */
	hear(w, o, o->living > 0 && (o->killed || !s->tells));
	if (w->daemon != 0)
		(void)is_living(w, w->daemon);
	world_picture(o->files, true);
	world_picture(o->shape, false);
}
