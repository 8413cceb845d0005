/* SPDX-License-Identifier: ISC
 *
 * Scheduling as text and as values.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "compat.h"
#include "parse.h"
#include "sched.h"

/* Every word for a value; the first one is used in messages. */
struct word {
	const char	*word;
	int		 value;
	int		 least, greatest, usual;	/* what may follow */
};

static const struct word io_classes[] = {
	{ "none", IO_NONE, 0, -1, 0 },
	{ "realtime", IO_RT, 0, 7, 4 },
	{ "rt", IO_RT, 0, 7, 4 },
	{ "best-effort", IO_BE, 0, 7, 4 },
	{ "be", IO_BE, 0, 7, 4 },
	{ "idle", IO_IDLE, 0, -1, 0 },
};

static const struct word policies[] = {
	{ "other", SCHED_OTHER, 0, -1, 0 },
	{ "batch", SCHED_BATCH, 0, -1, 0 },
	{ "idle", SCHED_IDLE, 0, -1, 0 },
	{ "fifo", SCHED_FIFO, 1, 99, 1 },
	{ "rr", SCHED_RR, 1, 99, 1 },
};

#define COUNT(array)	(sizeof(array) / sizeof(array)[0])

/* WORD[:NUMBER], of those in the table. */
static int
parse_word(const char *text, const struct word *table, size_t count,
    int *value, int *number)
{
	size_t length = strcspn(text, ":");
	unsigned long long n;

	for (size_t i = 0; i < count; i++) {
		const struct word *w = &table[i];

		if (strlen(w->word) != length ||
		    memcmp(w->word, text, length) != 0)
			continue;
		n = (unsigned long long)w->usual;
		if (text[length] == ':' && (w->greatest < 0 ||
		    parse_decimal(text + length + 1, strlen(text + length + 1),
		    (unsigned long long)w->greatest, &n) != 0 ||
		    n < (unsigned long long)w->least))
			return EINVAL;
		*value = w->value;
		*number = (int)n;
		return 0;
	}
	return EINVAL;
}

static void
format_word(const struct word *table, size_t count, int value, int number,
    char *text, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].value != value)
			continue;
		if (table[i].greatest < 0)
			strlcpy(text, table[i].word, size);
		else
			snprintf(text, size, "%s:%d", table[i].word, number);
		return;
	}
	snprintf(text, size, "%d:%d", value, number);
}

/* A decimal number that may be negative; no plus, no -0. */
static int
parse_signed(const char *text, int least, int greatest, int *value)
{
	bool negative = text[0] == '-';
	int limit = negative ? -least : greatest;
	unsigned long long n;

	text += negative;
	if (parse_decimal(text, strlen(text), (unsigned)limit, &n) != 0 ||
	    (negative && n == 0))
		return EINVAL;
	*value = negative ? -(int)n : (int)n;
	return 0;
}

int
sched_parse_nice(const char *text, struct sched *sched)
{
	if (parse_signed(text, -20, 19, &sched->nice) != 0)
		return EINVAL;
	sched->nice_asked = true;
	return 0;
}

int
sched_parse_oom(const char *text, struct sched *sched)
{
	if (parse_signed(text, -1000, 1000, &sched->oom_score_adj) != 0)
		return EINVAL;
	sched->oom_asked = true;
	return 0;
}

int
sched_parse_io(const char *text, struct sched *sched)
{
	int class, level;

	if (parse_word(text, io_classes, COUNT(io_classes), &class,
	    &level) != 0)
		return EINVAL;
	sched->io_priority = class << IO_LEVEL_BITS | level;
	sched->io_asked = true;
	return 0;
}

int
sched_parse_policy(const char *text, struct sched *sched)
{
	if (parse_word(text, policies, COUNT(policies), &sched->policy,
	    &sched->priority) != 0)
		return EINVAL;
	sched->policy_asked = true;
	return 0;
}

/* A number that ends at one of `ends` or with the text; *text moves there. */
static int
parse_cpu(const char **text, const char *ends, unsigned long long *cpu)
{
	size_t n = strcspn(*text, ends);

	if (parse_decimal(*text, n, CPUS_MAX - 1, cpu) != 0)
		return EINVAL;
	*text += n;
	return 0;
}

/* N, N-M or N-M:STEP; *text moves behind it. */
static int
parse_range(const char **text, unsigned long cpus[CPU_WORDS])
{
	unsigned long long first, last, step = 1;

	if (parse_cpu(text, "-,", &first) != 0)
		return EINVAL;
	last = first;
	if (**text == '-') {
		(*text)++;
		if (parse_cpu(text, ":,", &last) != 0 || last < first)
			return EINVAL;
		if (**text == ':') {
			(*text)++;
			if (parse_cpu(text, ",", &step) != 0 || step == 0)
				return EINVAL;
		}
	}
	for (; first <= last; first += step)
		cpus[first / CPU_BITS] |= 1ul << first % CPU_BITS;
	return 0;
}

int
sched_parse_cpus(const char *text, struct sched *sched)
{
	unsigned long cpus[CPU_WORDS] = { 0 };

	for (;;) {
		if (parse_range(&text, cpus) != 0)
			return EINVAL;
		if (*text == '\0')
			break;
		text++;
	}
	memcpy(sched->cpus, cpus, sizeof cpus);
	sched->cpus_asked = true;
	return 0;
}

void
io_format(int priority, char *text, size_t size)
{
	format_word(io_classes, COUNT(io_classes), priority >> IO_LEVEL_BITS,
	    priority & ((1 << IO_LEVEL_BITS) - 1), text, size);
}

void
policy_format(int policy, int priority, char *text, size_t size)
{
	format_word(policies, COUNT(policies), policy, priority, text, size);
}

static bool
has_cpu(const unsigned long cpus[CPU_WORDS], size_t cpu)
{
	return cpu < CPUS_MAX &&
	    (cpus[cpu / CPU_BITS] >> cpu % CPU_BITS & 1) != 0;
}

void
cpus_format(const unsigned long cpus[CPU_WORDS], char *text, size_t size)
{
	const char *comma = "";
	size_t n = 0, last;

	text[0] = '\0';
	for (size_t cpu = 0; cpu < CPUS_MAX && n < size; cpu = last + 1) {
		last = cpu;
		if (!has_cpu(cpus, cpu))
			continue;
		while (has_cpu(cpus, last + 1))
			last++;
		n += (size_t)snprintf(text + n, size - n, "%s%zu", comma, cpu);
		if (last > cpu && n < size)
			n += (size_t)snprintf(text + n, size - n, "-%zu", last);
		comma = ",";
	}
}
