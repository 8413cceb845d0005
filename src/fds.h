/* SPDX-License-Identifier: ISC
 *
 * Descriptors: which ones the daemon has, and that it has no others.
 */
#ifndef FDS_H
#define FDS_H

/*
 * Occupy those of 0 to 2 that the caller had closed, by /dev/null, so that
 * nothing of ours lands there.  Bit N of *closed is set for each.
 * 0, an errno value or REASON_NOT_NULL.
 */
int	fds_occupy(unsigned int *closed);

/* Close these, if close_range(2) is there. */
void	fds_close(int first, int last);

/* Close all but these two, of which one may be -1; as far as is usual. */
void	fds_close_but(int, int);

/*
 * Have a table of our own, if it is shared, and copy none from `first` on.
 * 0 or an errno value.
 */
int	fds_leave(int first);

/* The usual limit of a process. */
#define FDS_USUAL	1024

/*
 * Each descriptor from 3 on, by /proc/self/fd, else all below `bound`, open or
 * not; the visitor may close it.  0, or the first error that is not.
 */
int	fds_visit(int bound, int (*visitor)(int, void *), void *context);

/*
 * Mark every descriptor from 3 on close-on-exec: by close_range(2), else by
 * /proc/self/fd, else one by one, as far as fs.nr_open goes by default.  0 or
 * an errno value.
 */
int	fds_mark_all(void);

/* Can so many more be opened right now?  0 or an errno value. */
int	fds_check_room(int count);

/* Let a descriptor pass an exec.  0 or an errno value. */
int	fds_pass(int fd);

/*
 * Open what a descriptor means once more, close-on-exec, by /proc.  -1 with
 * errno, which is ENOENT without /proc.
 */
int	fds_reopen(int fd, int flags);

/* /dev/null for reading and writing, checked to be it.  0 or an error. */
int	fds_open_null(int *fd);

#endif
