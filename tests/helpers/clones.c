/* SPDX-License-Identifier: ISC
 *
 * Rare ways to go on, and to have a child, that clone(2) allows.
 *
 *	clones thread			ignores SIGTERM, and executes itself
 *					from another thread all the time, until
 *					an alarm after ten minutes
 *	clones child FILE command [argument ...]
 *					writes to FILE the pid of a child whose
 *					end is not told by SIGCHLD, and executes
 *					the command
 *	clones chain FILE [away]	ends by SIGTERM, but has a child that
 *					ignores it, and for some seconds has a
 *					child and ends, again and again; away,
 *					in a session of its own.  FILE is
 *					written when it does
 */
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_OURS = 125, STACK = 65536, LIFE = 600, CHAIN_LIFE = 8 };

static char name[] = "clones", word[] = "again";
static char *const again[] = { name, word, NULL };

static void *
execute(void *unused)
{
	(void)unused;
	usleep(50);
	execv("/proc/self/exe", again);
	err(STATUS_OURS, "exec");
}

static int
sleep_on(void *unused)
{
	(void)unused;
	alarm(LIFE);
	pause();
	return 0;
}

static void
make_child(const char *path)
{
	char *stack = malloc(STACK);
	FILE *file = fopen(path, "we");
	int pid;

	if (stack == NULL || file == NULL)
		err(STATUS_OURS, "%s", path);
	pid = clone(sleep_on, stack + STACK, SIGUSR1, NULL);
	if (pid == -1 || fprintf(file, "%d\n", pid) < 0 || fclose(file) != 0)
		err(STATUS_OURS, "clone");
}

static void
write_to(const char *path)
{
	FILE *file = fopen(path, "we");

	if (file == NULL || fputs("runs\n", file) == EOF || fclose(file) != 0)
		err(STATUS_OURS, "%s", path);
}

static void
be_chain(const char *path, bool away)
{
	time_t end = time(NULL) + CHAIN_LIFE;

	if (fork() != 0)
		return;
	signal(SIGTERM, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	if (away)
		setsid();
	write_to(path);
	while (time(NULL) < end) {
		/* Whoever has to reap them all may be held up. */
		if (away)
			usleep(1000);
		if (fork() != 0)
			_exit(0);
	}
	_exit(0);
}

int
main(int argc, char **argv)
{
	pthread_t thread;

	if (argc > 3 && strcmp(argv[1], "child") == 0) {
		make_child(argv[2]);
		execvp(argv[3], argv + 3);
		err(STATUS_OURS, "%s", argv[3]);
	}
	if (argc > 2 && strcmp(argv[1], "chain") == 0) {
		be_chain(argv[2], argc > 3);
		for (;;)
			pause();
	}
	if (argc != 2)
		errx(STATUS_OURS, "usage: clones thread | child FILE command | "
		    "chain FILE");
	/* It outlives an exec. */
	if (strcmp(argv[1], "thread") == 0)
		alarm(LIFE);
	signal(SIGTERM, SIG_IGN);
	errno = pthread_create(&thread, NULL, execute, NULL);
	if (errno != 0)
		err(STATUS_OURS, "pthread_create");
	for (;;)
		pause();
}
