/* SPDX-License-Identifier: ISC
 *
 * options.def as a table: --help, and the nearest option to a mistyped one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "options_table.h"

const struct option_row option_rows[OPTION_ROWS] = {
#define OPT_GROUP(title) { 0, 0, NULL, NULL, title },
#define OPT_FLAG(id, letter, name, help) { OPT_##id, letter, name, NULL, help },
#define OPT_ARG(id, letter, name, meta, kind, help) \
	{ OPT_##id, letter, name, meta, help },
#include "options.def"
};

const struct option_row *
option_row(int id)
{
	const struct option_row *row = option_rows;

	/* A title has neither, and both are above 0. */
	while (row->id != id && row->letter != id)
		row++;
	return row;
}

size_t
option_list(const char *beginning, char *text, size_t size)
{
	size_t count = 0, n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		if (option_rows[i].id == 0 || strncmp(beginning,
		    option_rows[i].name, strlen(beginning)) != 0)
			continue;
		if (n < size)
			n += (size_t)snprintf(text + n, size - n, "%s--%s",
			    count > 0 ? ", " : "", option_rows[i].name);
		count++;
	}
	return count;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * How many slips make one word of the other, of at most 31 letters each: a
 * letter too many, too few or another, or two that have changed places.
 */
static size_t
distance(const char *a, const char *b)
{
	size_t d[32][32], la = strlen(a), lb = strlen(b);

	if (la > 31 || lb > 31)
		return 32;
	for (size_t i = 0; i <= la; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= lb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= la; i++)
		for (size_t j = 1; j <= lb; j++) {
			d[i][j] = least(d[i - 1][j - 1] +
			    (a[i - 1] != b[j - 1]),
			    least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[la][lb];
}

const char *
option_nearest(const char *word)
{
	const char *best = NULL, *first = NULL;
	size_t longest = 2, least_slips = 32;

	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const char *name = option_rows[i].name;
		size_t n, slips;

		if (option_rows[i].id == 0)
			continue;
		slips = distance(word, name);
		if (slips < least_slips) {
			least_slips = slips;
			best = name;
		}
		n = strlen(name);
		if (n > longest && strncmp(word, name, n) == 0) {
			longest = n;
			first = name;
		}
	}
	/* More slips, and it was meant to be another word. */
	if (least_slips > strlen(word) / 3)
		best = NULL;
	/* --logfile means --log, not --lockfile; --log-moed is no --log. */
	if (first != NULL &&
	    (best == NULL || strncmp(best, first, longest) != 0))
		return first;
	return best;
}

int
options_version(void)
{
	printf("daemonize %s\n", PACKAGE_VERSION);
	return flush_output();
}

int
options_help(void)
{
	printf("usage: daemonize [option ...] [--] program [argument ...]\n"
	    "Start a program as a daemon; exit 0 means: it was executed.\n");
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *r = &option_rows[i];
		char left[64];

		if (r->id == 0) {
			printf("%s:\n", r->help);
			continue;
		}
		snprintf(left, sizeof left, "%c%c%c --%s%s%s",
		    r->letter != 0 ? '-' : ' ',
		    r->letter != 0 ? r->letter : ' ',
		    r->letter != 0 ? ',' : ' ', r->name,
		    r->meta != NULL ? "=" : "",
		    r->meta != NULL ? r->meta : "");
		printf("  %-29s %s\n", left, r->help);
	}
	printf("The manual is daemonize(1).\n");
	return flush_output();
}
