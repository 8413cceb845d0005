/* SPDX-License-Identifier: ISC
 *
 * Symbolic modes, where there is no libbsd: a compiled mode is a copy of its
 * text, since what is applied once needs no other form.  And strlcpy(3) and
 * statx(2).
 */
#include <sys/syscall.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"

#ifndef HAVE_LIBBSD

#define EVERYBODY	0777
#define EXECUTE		0111

/* The bits that the letters before the operator allow to change. */
static mode_t
who(const char **p)
{
	mode_t bits = 0;

	for (;; (*p)++)
		switch (**p) {
		case 'a':
			bits |= EVERYBODY;
			break;
		case 'u':
			bits |= 0700;
			break;
		case 'g':
			bits |= 0070;
			break;
		case 'o':
			bits |= 0007;
			break;
		default:
			return bits != 0 ? bits : EVERYBODY;
		}
}

/* "u", "g" or "o" after the operator: what those have now, for everybody. */
static mode_t
copied(char from, mode_t mode)
{
	if (from == 'u')
		mode >>= 6;
	else if (from == 'g')
		mode >>= 3;
	return (mode & 07) * 0111;
}

/* The letters after the operator; `first` is the mode before all clauses. */
static mode_t
permissions(const char **p, mode_t first, mode_t now)
{
	mode_t bits = 0;

	if (**p == 'u' || **p == 'g' || **p == 'o')
		return copied(*(*p)++, now);
	for (;; (*p)++)
		switch (**p) {
		case 'r':
			bits |= 0444;
			break;
		case 'w':
			bits |= 0222;
			break;
		case 'x':
			bits |= EXECUTE;
			break;
		case 'X':
			if ((first & EXECUTE) != 0)
				bits |= EXECUTE;
			break;
		default:
			return bits;
		}
}

static int
apply(const char *p, mode_t *mode)
{
	const mode_t first = *mode;
	mode_t can, bits;
	char op;

	do {
		can = who(&p);
		do {
			op = *p;
			if (op != '+' && op != '-' && op != '=')
				return EINVAL;
			p++;
			bits = permissions(&p, first, *mode) & can;
			if (op == '=')
				*mode &= ~can;
			if (op == '-')
				*mode &= ~bits;
			else
				*mode |= bits;
		} while (*p != '\0' && *p != ',');
	} while (*p++ == ',');
	return 0;
}

void *
setmode(const char *text)
{
	mode_t mode = 0;

	if (apply(text, &mode) == 0)
		return strdup(text);
	errno = EINVAL;
	return NULL;
}

mode_t
getmode(const void *set, mode_t base)
{
	(void)apply(set, &base);
	return base;
}

#endif

#if !defined(HAVE_LIBBSD) && !defined(HAVE_STRLCPY)

size_t
strlcpy(char *to, const char *from, size_t size)
{
	size_t length = strlen(from), n = length < size ? length : size - 1;

	memcpy(to, from, n);
	to[n] = '\0';
	return length;
}

#endif

#ifndef HAVE_STRUCT_STATX

int
statx(int dir, const char *path, int flags, unsigned int mask,
    struct statx *st)
{
	return (int)syscall(SYS_statx, dir, path, flags, mask, st);
}

#endif
