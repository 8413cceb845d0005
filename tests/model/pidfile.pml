/* SPDX-License-Identifier: ISC
 *
 * The protocol of FILE.lock, FILE and FILE.id, for spin(1): starts, a stop and
 * a reader at the same time, each of which may be killed at any point, while
 * numbers of processes are used again.  Each transition is at most one system
 * call, and names the function that makes it.  What must hold:
 *
 *	alone	two daemons never run at the same time;
 *	known	a daemon that runs has its pidfile and its identity;
 *	proven	nobody takes a stranger, or a dead process, for a daemon, and
 *		only daemons are signalled;
 *	stopped	after a stop that succeeds, nothing runs;
 *	sure	nobody is in doubt, unless a stranger has the number in FILE, or
 *		a reader without the lock looks while they change;
 *	free	whoever was killed, the next start finds the truth, and a lock
 *		that it can take.
 *
 * A stranger does bring doubt in one case: a start that was to replace a stale
 * FILE is killed between its two rename(2) calls, and the number that is still
 * in FILE is used again.
 *
 * Left out: the middle (it holds the descriptors no longer than the daemon),
 * torn and planted files (temporary names and rename(2) take care of those),
 * waiting times (a wait may end at any moment).  Other users of the files.
 *
 * tests/model/run checks it, and that each of these mutants breaks a claim:
 *
 *	NO_RECHECK	after flock(2) the name is not looked at again
 *	UNLINK_LATE	the lock's name is unlinked after the lock is let go
 *	LOCK_LATE	the lock is taken after looking whether one runs
 *	PID_FIRST	FILE gets its name before FILE.id
 *	NO_IDENTITY	a live process with the number is taken for the daemon
 *	BY_NUMBER	what was proven is signalled by its number
 *	EARLY_EXIT	a failed start removes its files before its daemon is dead
 */

#define STARTS	2
#ifndef RIVALS
#define RIVALS	1	/* 0: the second does not start */
#endif
#ifndef STOPS
#define STOPS	1
#endif
#ifndef READERS
#define READERS	0
#endif
#ifndef KILLS
#define KILLS	1	/* of a process of ours, in the middle of its work */
#endif
#ifndef STRANGERS
#define STRANGERS 1	/* processes that get a number that is free */
#endif

/* Actors, and the processes that they make: start I makes the daemon I. */
#define STOP	(STARTS + 1)
#define OLD	(STARTS + 2)	/* a daemon that was there before, and is dead */
#define STRANGER (STARTS + 3)
#define PIDS	3	/* see free_number() */
#define INODES	(STARTS + 2)

/* The file system: a name's content, 0 without one. */
byte lockname;			/* FILE.lock: an inode */
byte file_pid, file_by;		/* FILE: a number; and whose inode it is */
byte file_id;			/* FILE.id: a process, and no later one */

/* Locks: who has opened which inode, how many processes share that. */
byte opened[STOP + 1], shares[STOP + 1];
byte holder[INODES + 1], refs[INODES + 1];
#ifdef UNLINK_LATE
byte was[STOP + 1];
#endif

/* The kernel's table: number to process; and which number a process had. */
byte process[PIDS + 1], number[STRANGER + 1];
bool runs[STRANGER + 1];	/* has executed the program, and lives */

/* A start's status pipe: what was said, and whether it is closed. */
mtype = { NOTHING, EXEC, FAIL };
mtype said[STARTS + 1];
bool closed[STARTS + 1], front_gone[STARTS + 1];

/* kill -9, on its way. */
bool kill_front[STOP + 1], kill_daemon[STARTS + 1];
byte kills, strangers;

/* How many are still at work: actors, and daemons that have not executed. */
byte working;
bool undone;			/* a start has begun to undo */

#define lives(p)	(process[number[p]] == p)
#define exclusive	(runs[1] + runs[2] <= 1)
#define known_(p)	(!runs[p] || (file_id == p && file_pid == number[p]))
#define known		assert(known_(1) && known_(2))

mtype = { NONE, STALE, RUNNING, DOUBT };

/* open_or_create(): the name's inode, or a new one of that name. */
inline open_lock(a)
{
	d_step {
		if
		:: lockname == 0 ->
			do
			:: refs[lockname + 1] == 0 -> lockname++; break
			:: else -> lockname++
			od
		:: else
		fi;
		opened[a] = lockname;
		refs[lockname]++;
		shares[a] = 1
	}
}

/* close(2), or the end of a process: the last one lets go of the lock. */
inline close_lock(a)
{
	d_step {
		if
		:: shares[a] > 0 ->
			shares[a]--;
			if
			:: shares[a] == 0 ->
				if
				:: holder[opened[a]] == a ->
					holder[opened[a]] = 0
				:: else
				fi;
				refs[opened[a]]--;
				opened[a] = 0
			:: else
			fi
		:: else
		fi
	}
}

/* lock_wait(), lock_try(): ends with the lock, or goes to `refused`. */
inline take_lock(a)
{
	do
	:: open_lock(a);
		if
		:: d_step { holder[opened[a]] == 0 ->	/* flock(2) */
			holder[opened[a]] = a };
			if
#ifdef NO_RECHECK
			:: break
#else
			:: lockname == opened[a] -> break /* check_name() */
			:: lockname != opened[a] -> close_lock(a)
#endif
			fi
		:: holder[opened[a]] != 0 ->		/* EWOULDBLOCK */
			close_lock(a);
			if
			:: lockname == 0 ||		/* once more */
			    holder[lockname] == 0
			:: goto refused			/* REASON_STARTING */
			fi
		fi
	od
}

/* lock_remove(): place_unlink() looks, then unlinks; then close(2). */
inline remove_lock(a)
{
#ifdef UNLINK_LATE
	was[a] = opened[a];
	close_lock(a);
	if
	:: lockname == was[a] -> lockname = 0
	:: else
	fi
#else
	if
	:: lockname == opened[a] -> lockname = 0
	:: else
	fi;
	close_lock(a)
#endif
}

/*
 * pidfile_look(): read FILE, read FILE.id, see what lives.  identity_open()
 * holds the process by a pidfd, so that the last is one step.
 */
inline look(locked)
{
	saw_pid = file_pid;
	saw_id = file_id;
	d_step {
		verdict = DOUBT;
#ifdef NO_IDENTITY
		saw_id = process[saw_pid];
#endif
		if
		:: saw_id != 0 && lives(saw_id) && (saw_pid == 0 ||
		    saw_pid == number[saw_id] || process[saw_pid] == 0) ->
			verdict = RUNNING;
			/* proven */
			assert(saw_id != STRANGER)
		:: (saw_id == 0 || !lives(saw_id)) && (saw_pid == 0 ||
		    (saw_id != 0 && saw_pid == number[saw_id]) ||
		    process[saw_pid] == 0) ->
			verdict = STALE
		:: else ->
			/* sure */
			assert(process[saw_pid] == STRANGER || (!locked &&
			    (undone || saw_pid != file_pid ||
			    saw_id != file_id)))
		fi
	}
}

/*
 * pidfile_publish(): with the lock, and nobody else.  A stale FILE goes out of
 * the way first, so that never does one stand beside the identity of another.
 */
inline publish(me)
{
#ifdef PID_FIRST
	d_step { file_pid = number[me]; file_by = me };
	file_id = me
#else
	file_id = me;					/* give_name() */
	d_step { file_pid = number[me]; file_by = me }	/* give_name() */
#endif
}

/* pidfile_withdraw(): only what is ours; put back what was replaced. */
inline withdraw(me, old_pid, old_id)
{
	undone = true;
	d_step { if
	:: file_by == me -> file_pid = old_pid; file_by = (old_pid != 0 -> OLD : 0)
	:: else
	fi; known };
	d_step { if
	:: file_id == me -> file_id = old_id
	:: else
	fi; known };
	remove_lock(me)
}

/* fork(2): any number that is free. */
inline free_number(n)
{
	if
	:: process[1] == 0 -> n = 1
	:: process[2] == 0 -> n = 2
	:: process[3] == 0 -> n = 3
	fi
}

/* end_children(): kill it, and wait until it is dead. */
inline end_daemon(me)
{
	kill_daemon[me] = true;
	!lives(me)
}

/* The process that becomes the daemon: run_steps(DAEMON). */
proctype daemon(byte me; byte old_pid; byte old_id)
{
	{
		if
		:: skip
		:: goto failed			/* a step before publish */
		fi;
		publish(me);
		if
		:: skip
		:: goto failed			/* a step after publish */
		fi;
		/* step_announce(): EPIPE where nobody hears it */
		if
		:: d_step { !front_gone[me] -> said[me] = EXEC }
		:: front_gone[me] -> goto failed
		fi;
		/* execve(2) closes the lock and the pipe */
		atomic {
			d_step {
				runs[me] = true;
				closed[me] = true;
				assert(exclusive);	/* alone */
				known;
				working--
			};
			close_lock(me)
		};
end_running:	false;		/* until it is killed */
failed:
		/* launch_child(): the front undoes, or else we do */
		if
		:: d_step { !front_gone[me] -> said[me] = FAIL }
		:: front_gone[me] -> withdraw(me, old_pid, old_id)
		fi;
		kill_daemon[me] = true;		/* _exit(2) */
		false
	} unless {
		atomic {
			kill_daemon[me];
			d_step {
				process[number[me]] = 0;
				closed[me] = true
			};
			if
			:: runs[me] -> runs[me] = false
			:: else ->
				working--;
				close_lock(me)
			fi
		}
	}
}

/* The front of a start: launch(). */
proctype start(byte me)
{
	byte saw_pid, saw_id, p;
	mtype verdict;

	{
#ifdef LOCK_LATE
		look(true);
		take_lock(me);
#else
		take_lock(me);			/* step_lock() */
		look(true);				/* step_running() */
#endif
		if
		:: verdict == STALE
		:: else ->
			remove_lock(me);	/* ALREADY, DOUBT */
			goto refused
		fi;
		/* step_fork(), step_refork() */
		atomic {
			free_number(p);
			process[p] = me;
			number[me] = p;
			shares[me]++;
			working++;
			run daemon(me, saw_pid, saw_id)
		};
		/* wait_for_exec() */
		if
		:: closed[me] && said[me] == EXEC && lives(me) -> skip
		:: closed[me] && (said[me] != EXEC || !lives(me)) -> goto undo
		:: goto undo			/* interrupted, or too late */
		fi;
		remove_lock(me);		/* pidfile_settle() */
		goto refused;
undo:
#ifndef EARLY_EXIT
		end_daemon(me);
#endif
		withdraw(me, saw_pid, saw_id);
#ifdef EARLY_EXIT
		end_daemon(me);
#endif
refused:
		skip
	} unless {
		kill_front[me]
	};
	/* exit(2), or SIGKILL: the kernel closes what it had */
	atomic {
		close_lock(me);
		front_gone[me] = true;
		working--
	}
}

/* --stop: stop_locked(). */
proctype stop()
{
	byte saw_pid, saw_id, again;
	mtype verdict;

	{
		take_lock(STOP);		/* pidfile_lock() */
		look(true);				/* target_look() */
		if
		:: verdict == RUNNING ->
			/* run_schedule(), by the pidfd */
#ifdef BY_NUMBER
			d_step { if
			:: process[saw_pid] == STRANGER -> assert(false)
			:: process[saw_pid] == saw_id && saw_id <= STARTS ->
				kill_daemon[saw_id] = true
			:: else
			fi };
#else
			d_step { if
			:: lives(saw_id) -> kill_daemon[saw_id] = true
			:: else
			fi };
#endif
			if
			:: !lives(saw_id)
			:: goto leave		/* REASON_ENDLESS */
			fi
		:: verdict == DOUBT -> goto leave
		:: else
		fi;
		/* stopped */
		assert(!runs[1] && !runs[2]);
		/* pidfile_forget() */
		again = file_id;
		if
		:: again == saw_id && again != 0 ->
			d_step { saw_pid = file_pid };
			if
			:: saw_pid == number[again] || process[saw_pid] == 0 ->
				d_step { file_pid = 0; file_by = 0; known }
			:: else
			fi;
			d_step { file_id = 0; known }
		:: else
		fi;
leave:
		remove_lock(STOP);		/* pidfile_unlock() */
refused:
		skip
	} unless {
		kill_front[STOP]
	};
	atomic {
		close_lock(STOP);
		working--
	}
}

/* --status: control_status(), without the lock. */
proctype status()
{
	byte saw_pid, saw_id;
	mtype verdict;

	look(false);
	working--
}

/* Everything that happens to them. */
proctype world()
{
	byte i;

	do
	:: working > 0 && kills < KILLS ->
		atomic {
			kills++;
			if
			:: kill_front[1] = true
			:: kill_front[2] = true
			:: kill_front[STOP] = true
			:: lives(1) && !runs[1] -> kill_daemon[1] = true
			:: lives(2) && !runs[2] -> kill_daemon[2] = true
			fi
		}
	:: runs[1] && !kill_daemon[1] ->	/* a daemon ends, in time */
		kill_daemon[1] = true
	:: runs[2] && !kill_daemon[2] ->
		kill_daemon[2] = true
	:: strangers < STRANGERS && !(process[1] && process[2] && process[3]) ->
		atomic {
			strangers++;
			free_number(i);
			process[i] = STRANGER;
			number[STRANGER] = i
		}
	:: working == 0 -> break
	od
}

/* With nobody at work, the next start: free. */
inline next_start()
{
	assert(lockname == 0 || holder[lockname] == 0);
	look(true);
	assert(verdict != DOUBT || kills > 0);
	assert(verdict == RUNNING || (!runs[1] && !runs[2]))
}

init
{
	byte saw_pid, saw_id;
	mtype verdict;

	atomic {
		/* What was there before: nothing, or what a dead one left. */
		if
		:: skip
		:: number[OLD] = 1; file_pid = 1; file_by = OLD; file_id = OLD
		fi;
		/* And a lock that nobody holds. */
		if
		:: skip
		:: lockname = 1
		fi;
		working = 1 + RIVALS + STOPS + READERS;
		run start(1);
#if RIVALS
		run start(2);
#endif
#if STOPS
		run stop();
#endif
#if READERS
		run status();
#endif
		run world()
	};
	working == 0;
	atomic { next_start() }
}
