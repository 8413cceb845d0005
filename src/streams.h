/* SPDX-License-Identifier: ISC
 *
 * What becomes the daemon's descriptors 0, 1 and 2.
 */
#ifndef STREAMS_H
#define STREAMS_H

#include <sys/stat.h>

#include <stdbool.h>

#include "account.h"
#include "paths.h"
#include "resolve.h"

struct stream {
	int		fd;		/* close-on-exec; -1: none (yet) */
	bool		late;		/* opened as the new user */
	bool		shared;		/* fd is another stream's */
	bool		created;	/* by us: place is held to undo it */
	struct place	place;
	struct stat	st;
};

/* What streams are opened by. */
struct stream_rules {
	const struct account	*account;
	mode_t			 mode;	/* of a new output */
	bool			 truncates;	/* outputs, later */
	int			 root;	/* the caller's; -1: still ours */
	bool			 dropped;	/* we are the new user */
};

/*
 * Find the place of a SOURCE_FILE, and on which side of the drop it opens.
 * 0, an errno value or a reason.
 */
int	stream_find(struct stream *, const struct source *,
	    const struct stream_rules *);

/*
 * The same without opening it: could it be opened now?  0 too where only the
 * daemon's user can tell.
 */
int	stream_foresee(struct stream *, const struct source *, bool for_input,
	    const struct stream_rules *);

/*
 * Open it there for reading or for appending; if it is late, only after the
 * drop: where the daemon's user, or somebody else, could change the way there,
 * it is opened with that user's rights and not with ours.  Never truncates,
 * never blocks, never follows a link in the last part.  0, an errno value or
 * a reason.
 */
int	stream_open(struct stream *, bool for_input,
	    const struct stream_rules *);

/*
 * Take one of the caller's descriptors, as far as can be without its
 * O_NONBLOCK.  0, an errno value, or REASON_BAD_TYPE of a block device.
 */
int	stream_take(struct stream *, int fd);

/* Clear O_NONBLOCK, which never reaches the program.  0 or an errno value. */
int	set_blocking(int fd);

/* Is it a file with contents that can be truncated? */
bool	stream_has_contents(const struct stream *);

/*
 * Remove the file if we made it; one that a program was given, only if nothing
 * is in it: that is why the program failed, or what others write there.
 */
void	stream_undo(const struct stream *, bool was_used);

#endif
