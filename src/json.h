/* SPDX-License-Identifier: ISC
 *
 * Writing JSON (RFC 8259) on standard output.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

/* A string in quotes.  Bytes that are not UTF-8 become U+FFFD. */
void	json_string(const char *text, size_t length);

/* A name and a colon, after a comma unless *first, which becomes false. */
void	json_name(const char *name, bool *first);

#endif
