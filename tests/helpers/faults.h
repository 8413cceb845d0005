/* SPDX-License-Identifier: ISC
 *
 * The matrix of faults: shared by what runs, what checks and what counts.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>
#include <stdio.h>

#include "tracer.h"

enum { TEXT = 16384, WORDS = 64, NAME = 32, NAMES = 8, NOBODY = 65534 };

/* What a picture has for the directory of a notify socket. */
#define NOTIFY	" notify directory "

/* What there is before the command runs. */
enum state { EMPTY, ORDINARY, STALE, RUNNING, STUBBORN, NAMED, GROUPED };

/*
 * What it is to do, and so what its exit status promises.  LATE and DYING are
 * starts of what does not get ready, KEPT is left running all the same.
 */
enum kind { START, EXEC, BUSY, STOP, STATUS, LIST, PLAN, SIGNAL, RESTART,
	LATE, DYING, KEPT };

/* A row of tests/faults.scenarios. */
struct scenario {
	char		 name[NAME];
	enum state	 state;
	enum kind	 kind;
	char		 process[NAMES][NAME];	/* their names, by number */
	int		 again;		/* tracer.h */
	char		*word[WORDS];
	int		 words;
	bool		 named;		/* -n svc, not -p pid */
	const char	*signal;	/* that it sends */
	bool		 speaks;	/* -v */
	bool		 excused;	/* --ok-if-running */
	bool		 waits;		/* -w */
	bool		 locks;		/* -l lock */
	bool		 tells;		/* the program says when it is ready */
	bool		 moves;		/* and is another process then */
};

/* A call of a good run. */
struct call {
	int		 process;
	char		 name[NAME];
	int		 n;
	unsigned	 after;		/* tracer.h */
	unsigned	 from;		/* tracer.h */
	long		 first;		/* its first argument */
	bool		 after_truncation;
	bool		 after_fork;
};

/* What has become of a run. */
struct outcome {
	int		 status;	/* 128 + signal; -1: it hangs */
	bool		 killed;	/* by us, and it is the front */
	bool		 executed;	/* the front itself: --foreground */
	bool		 never;		/* the fault never came */
	int		 living;	/* how many programs */
	pid_t		 program;	/* one of them */
	int		 others;	/* processes that are none */
	char		 out[TEXT];
	char		 err[TEXT];
	int		 runs;		/* lines that the program wrote */
	bool		 ready;		/* or was about to be, it says */
	pid_t		 run_pid;
	bool		 same_keyring;	/* as the caller's */
	bool		 same_session;
	char		 run_state[TEXT];
	char		 told[NAME];	/* the signal it has heard of */
	char		 files[TEXT];	/* afterwards */
	char		 shape[TEXT];	/* without what differs each time */
};

/* What it is compared with. */
struct expected {
	int		 status;
	bool		 same_keyring;
	bool		 same_session;
	char		 run_state[TEXT];
	char		 shape[TEXT];
	char		 out[TEXT];
	char		 err[TEXT];
};

/* A place of our own to run in; one in each process. */
struct world {
	const char	*daemonize;
	int		 out, err;	/* what the command writes */
	int		 fifo;		/* what the program writes */
	long		 keyring;
	char		 root[64];	/* how the program calls /run/w/root */
	char		 before[TEXT];	/* the files, as prepared */
	const struct scenario *prepared;
	bool		 ordinary;	/* the caller, in theirs/ */
	pid_t		 daemon;	/* of the state, 0: none */
	struct tracer	 tracer;
};

/* What is looked at in a check. */
struct view {
	struct world		*w;
	const struct scenario	*s;
	const struct call	*call;
	const struct wish	*wish;
	const struct expected	*expected;
	struct outcome		*o;
};

/* By name. */
enum { FRONT, MIDDLE, DAEMON, ANYBODY };

/* faults-world.c: the place and what is in it */
void	world_open(struct world *, const char *daemonize, const char *witness);
void	world_begin(void);
void	world_clear(struct world *);
void	world_picture(char *text, bool exact);

/* faults-run.c: running */
void	world_prepare(struct world *, const struct scenario *);
bool	is_living(struct world *, pid_t);
void	run_traced(struct world *, const struct scenario *, struct outcome *);
/* The same command, or one of ours on the same daemon, without faults. */
int	run_again(struct world *, const struct scenario *, struct outcome *);
int	run_control(struct world *, const struct scenario *, const char *option,
	    struct outcome *);
/* Take what the program has written; wait if a line must come. */
void	hear(struct world *, struct outcome *, bool must);
void	kill_programs(struct world *);

/* faults-check.c: NULL or what promise is broken */
const char *check(struct world *, const struct scenario *, const struct call *,
	    const struct wish *, const struct expected *, struct outcome *);
/* A line with what it is that is broken. */
const char *broken(const char *, ...) __attribute__((format(printf, 1, 2)));
/* Was it told that there is none? */
bool	is_answer(const struct view *);
/* Is it a call of the middle, or of the daemon, before its execution? */
bool	is_before_exec(const struct view *);
bool	is_about_names(const char *call);
/* Did a file of variables end early, which then has less of them? */
bool	is_shorter_file(const struct view *);

/* faults-start.c: NULL or what is broken, as all that begin with check_ */
const char *check_start(const struct view *);
const char *check_late(const struct view *);
const char *check_run(const struct view *);
const char *check_pidfile(const struct view *, pid_t);
/* Is what is there what should be, or cannot be seen? */
bool	is_shape(const struct view *);

/* faults-control.c */
const char *check_busy(const struct view *);
const char *check_status(const struct view *);
const char *check_list(const struct view *);
const char *check_plan(const struct view *);
const char *check_signal(const struct view *);
const char *check_stopped(const struct view *);
const char *check_restarted(const struct view *);

/* faults-truth.c: what do --status, the next start and --stop say? */
const char *check_told(const struct view *, pid_t);
const char *check_truth(const struct view *, int living);
const char *check_stop(const struct view *, pid_t);
bool	has_pidfile(const struct view *);
/* Was it told to end, for not being ready, before the front was killed? */
bool	has_ended(const struct view *);

/* faults-message.c: is what is said documented, and true? */
bool	is_known(int status);

/* FRONT, MIDDLE, DAEMON, or ANYBODY else: whose call it is. */
int	role_of(const struct view *);
const char *check_message(const struct view *);
/* Where it has other words before END, or NULL; numbers are by chance. */
const char *other_words(const char *, const char *, char end);

#endif
