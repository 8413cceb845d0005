/* SPDX-License-Identifier: ISC
 *
 * Text to values: what is not in the grammar is EINVAL, and the result is then
 * left alone.  Nothing has a side effect.
 */
#ifndef PARSE_H
#define PARSE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "identity.h"

/* The kernel's greatest process id, PID_MAX_LIMIT of a 64-bit machine. */
#define PID_GREATEST 4194304

/* Digits alone, without a leading zero, up to `max`. */
int	parse_decimal(const char *, size_t length, unsigned long long max,
	    unsigned long long *);

/*
 * A permission, octal up to 0777 or symbolic as in chmod(1), from `base`; s and
 * t are none.  A clause without a "who" means everybody, whatever the umask.
 */
int	parse_mode(const char *, mode_t base, mode_t *);

/* A file mode creation mask, octal or, from 022, symbolic as in umask(1). */
int	parse_umask(const char *, mode_t *);

/* A user or group id: decimal digits, no leading zero, below 2^32 - 1. */
int	parse_id(const char *, id_t *);

/* Octal digits up to 0777. */
int	parse_octal(const char *, mode_t *);

/* A port, 1 to 65535. */
int	parse_port(const char *, uint16_t *);

/* A descriptor number. */
int	parse_fd(const char *, int *);

/* Seconds above 0, up to a year, with a fraction: in milliseconds. */
int	parse_seconds(const char *, int64_t *milliseconds);

/* Microseconds: up to 64 bits; more than a year is a year. */
int	parse_microseconds(const char *, unsigned long long *);

/* A line NAME=VALUE, NAME being a word that a shell can export. */
int	parse_assignment(const char *line);

/* A pidfile: digits, a newline, nothing else; 1 to PID_GREATEST. */
int	parse_pid(const char *text, size_t length, pid_t *);

/* A boot, as the kernel writes it: a UUID in small letters. */
int	parse_boot_id(const char *text, size_t length, char *boot);

/* An identity record, as identity_format() writes it. */
int	parse_identity(const char *text, size_t length, struct identity *);

#endif
