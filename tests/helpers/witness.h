/* SPDX-License-Identifier: ISC
 *
 * The witness: what it is, and how it gets ready.
 */
#ifndef WITNESS_H
#define WITNESS_H

#include <stddef.h>

/* Add to the line of its state. */
void	say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line to the FIFO, in one piece.  0 or -1. */
int	tell(const char *fifo, const char *line, size_t length);

/* What it may use: scheduling, memory, files and network, sockets. */
void	say_allowances(void);

/* "background": fork, end, and go on in the child. */
void	go_on_in_background(char *const *words);

/* Do what the words say. */
void	get_ready(const char *fifo, char *const *words);

#endif
