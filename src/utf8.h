/* SPDX-License-Identifier: ISC
 *
 * UTF-8, as RFC 3629 has it.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>

/*
 * The length of the sequence at text, of which there is no more than `length`;
 * 0 if it is none: cut short, longer than it need be, or of no character.
 */
size_t	utf8_sequence(const unsigned char *text, size_t length);

#endif
