/* SPDX-License-Identifier: ISC
 *
 * Signals and schedules: what is read is read again from its print.
 */
#include <signal.h>

#include "schedule.h"

#include "fuzz.h"

static void
print(const struct schedule *s, char *text, size_t size)
{
	size_t n = 0;

	for (int i = 0; i < s->count; i++) {
		if (i == s->repeat)
			n += (size_t)snprintf(text + n, size - n, "forever/");
		if (s->item[i].signal != 0)
			n += (size_t)snprintf(text + n, size - n, "-%d/",
			    s->item[i].signal);
		else
			n += (size_t)snprintf(text + n, size - n, "%ld/",
			    s->item[i].wait / 1000);
	}
	text[n - 1] = '\0';
}

static void
check_schedule(const struct schedule *s)
{
	struct schedule again;
	const char *why;
	char text[1024];
	long waits = 0;

	check(s->count + (s->repeat != -1) >= 2 &&
	    s->count <= SCHEDULE_ITEMS);
	check(s->repeat >= -1 && s->repeat < s->count);
	for (int i = 0; i < s->count; i++) {
		const struct schedule_item *item = &s->item[i];

		check(item->signal >= 0 && item->signal <= 64);
		check(item->signal == 0 || item->wait == 0);
		check(item->wait >= 0 && item->wait <= 86400000 &&
		    item->wait % 1000 == 0);
		if (i >= s->repeat)
			waits += item->wait;
	}
	/* It must not spin. */
	check(s->repeat == -1 || waits > 0);
	print(s, text, sizeof text);
	memset(&again, 0, sizeof again);
	check(parse_schedule(text, &again, &why) == 0);
	check(again.count == s->count && again.repeat == s->repeat);
	for (int i = 0; i < s->count; i++)
		check(again.item[i].signal == s->item[i].signal &&
		    again.item[i].wait == s->item[i].wait);
}

FUZZ_TARGET(schedule)
{
	char *text = fuzz_text(data, size), printed[8];
	struct schedule schedule = { .count = -7 };
	const char *why = NULL;
	int signal = -7, again;

	if (parse_schedule(text, &schedule, &why) == 0)
		check_schedule(&schedule);
	else
		check(schedule.count == -7 && why != NULL);
	if (parse_signal(text, &signal) == 0) {
		check(signal >= 1 && signal <= 64);
		snprintf(printed, sizeof printed, "%d", signal);
		check(parse_signal(printed, &again) == 0 && again == signal);
	} else
		check(signal == -7);
	free(text);
}
