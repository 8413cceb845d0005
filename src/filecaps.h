/* SPDX-License-Identifier: ISC
 *
 * File capabilities, as a binary brings them: the xattr of capabilities(7).
 */
#ifndef FILECAPS_H
#define FILECAPS_H

#include <stdint.h>

/*
 * The kernel does not execute a file whose capabilities take effect at once,
 * but are not all in our bounding set: those that are not, as far as that can
 * be told.  A program of no effective bit just goes without them.
 */
uint64_t	filecaps_lacking(int fd);

#endif
