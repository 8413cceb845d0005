/* SPDX-License-Identifier: ISC
 *
 * Modes.  setmode(3) is not asked: it takes what chmod(1) refuses, and X for
 * nothing where that is removed.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "parse.h"

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

int
parse_octal(const char *text, mode_t *mode)
{
	mode_t m = 0;

	if (*text == '\0' || strlen(text) > 4)
		return EINVAL;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '7')
			return EINVAL;
		m = m << 3 | (mode_t)(*text - '0');
	}
	if (m > 0777)
		return EINVAL;
	*mode = m;
	return 0;
}

int
parse_mode(const char *text, mode_t base, mode_t *mode)
{
	if (isdigit((unsigned char)*text))
		return parse_octal(text, mode);
	if (apply(text, &base) != 0)
		return EINVAL;
	*mode = base;
	return 0;
}

int
parse_umask(const char *text, mode_t *mask)
{
	mode_t allowed;

	if (isdigit((unsigned char)*text))
		return parse_octal(text, mask);
	if (parse_mode(text, 0777 & ~022, &allowed) != 0)
		return EINVAL;
	*mask = 0777 & ~allowed;
	return 0;
}
