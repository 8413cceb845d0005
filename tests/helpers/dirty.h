/* SPDX-License-Identifier: ISC
 *
 * The words of dirty.c: each makes one kind of dirt and returns 0, or -1
 * with errno.  dirty-state.c has those of the process, dirty-fds.c those of
 * descriptors and files, dirty-env.c those of the environment.
 */
#ifndef DIRTY_H
#define DIRTY_H

long dirty_number(const char *text, long min, long max);

int dirty_path_unset(const char *);
int dirty_env(const char *what);

int dirty_umask(const char *mode);
int dirty_nice(const char *number);
int dirty_oom(const char *number);
int dirty_sched(const char *policy);
int dirty_personality(const char *number);
int dirty_nonewprivs(const char *);
int dirty_subreaper(const char *);
int dirty_keyring(const char *name);
int dirty_inheritable(const char *);
int dirty_ambient(const char *);
int dirty_itimer(const char *);
int dirty_sigign(const char *);
int dirty_sigchld(const char *);
int dirty_sigblock(const char *);
int dirty_pending(const char *signal);

int dirty_tty(const char *);
int dirty_fds(const char *number);
int dirty_wronly_stdin(const char *);
int dirty_nonblock(const char *);
int dirty_deadcwd(const char *);
int dirty_noproc(const char *);
int dirty_nofile(const char *number);
int dirty_closed(const char *list);

#endif
