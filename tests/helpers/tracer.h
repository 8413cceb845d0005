/* SPDX-License-Identifier: ISC
 *
 * Following a process and what it forks, call by call, until each executes
 * something else, with some of the calls failing as wished.
 */
#ifndef TRACER_H
#define TRACER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum { OURS = 125, NEVER = 124 };
enum { MAX_PROCESSES = 128, MAX_WISHES = 8, MAX_CALLS = 1024, TRAIL = 6 };
enum { CALLERS = 3 };

/*
 * REPLACE: not done, and `result` returned.  SHORT: only for the first byte, or
 * element, of its buffer.  KILL: the process is, before the call.
 */
enum action { PASS, REPLACE, SHORT, KILL };

struct wish {
	int		 process;	/* in the order of the forks, from 0 */
	char		 call[32];
	int		 n;		/* of this process and name; 0: each */
	unsigned	 after;		/* not 0: the first with this trail */
	enum action	 action;
	long		 result;
	int		 hits;
};

struct process {
	pid_t		 pid;
	bool		 inside;	/* between a call's entry and exit */
	bool		 executed;	/* something else: it is let go */
	bool		 ended;
	int		 status;	/* wait(2)'s */
	long		 call;
	long		 asked;		/* its argument, if we changed that */
	const struct wish *wish;	/* for the call under way */
	unsigned	 after;		/* what came before that, as a number */
	unsigned	 from;		/* who makes it, as a number */
	long		 first;		/* its first argument */
	bool		 forked;
	unsigned	 trail[TRAIL];	/* its last calls and their errors */
	int		 count[MAX_CALLS];
};

/* A call, as a record has it. */
struct noted {
	int		 process;
	const char	*call;
	int		 n;
	/* Stands for the calls before it, once things may be done again and
	 * again; else it is 0. */
	unsigned	 after;
	/* Stands for the functions of the program that lead to it. */
	unsigned	 from;
	long		 first;		/* its first argument */
};

struct tracer {
	struct process	 process[MAX_PROCESSES];
	int		 processes;
	struct wish	 wish[MAX_WISHES];
	int		 wishes;
	/*
	 * A process that waits does the same again and again, how often is by
	 * chance.  From here on processes count as one, because each wait may
	 * fork another; 0: none do.
	 */
	int		 again;
	bool		 stands_in;	/* what it executes first is traced */
	unsigned long	 code, code_end; /* of the program, for `from` */
	/* For each call when it returns; `text` is - for one that does not. */
	void		 (*note)(void *, const struct noted *,
			    const char *text);
	void		*note_for;
};

/* ENOMEM or kill or short or a number: into action and result. */
bool		 wish_parse_what(struct wish *, const char *);
const char	*call_name(long);
long		 call_number(const char *);	/* -1: not known */
const char	*result_name(long);

/* The child has asked to be traced and is about to execute the command. */
void		 tracer_begin(struct tracer *, pid_t);

/*
 * What waitpid(2) has said.  False: of a process that is not traced (any more),
 * and has not ended now if it once was.
 */
bool		 tracer_handle(struct tracer *, pid_t, int status);

/* Nobody is left to trace. */
bool		 tracer_is_done(const struct tracer *);

#endif
