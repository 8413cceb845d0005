/* SPDX-License-Identifier: ISC
 *
 * Sets of capabilities(7), a bit each, as text and as values.
 */
#ifndef CAPS_H
#define CAPS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Names separated by commas, in capitals or not, with or without CAP_; an
 * empty text is the empty set.  0 or EINVAL.
 */
int	caps_parse(const char *, uint64_t *);

/* The same names, in lower case. */
void	caps_format(uint64_t, char *, size_t);

#endif
