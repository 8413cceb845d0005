/* SPDX-License-Identifier: ISC
 *
 * Measures contests, as contest.h says, and prints rows.
 *
 *	measure [-l] [-d COUNT] [-n CROWD] [-s] KIND CONTEST
 *
 * KIND is starts, counts, stops, deaths, crowd or keep.  -l: with RLIMIT_NOFILE
 * as high as this machine allows.  -d: with so many more descriptors open.  -n:
 * so many at once.  -s: the witness stays until it is killed.
 */
#include <sys/prctl.h>
#include <sys/resource.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contest.h"

/* 0: the highest that we may have. */
static void
set_limit(rlim_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "RLIMIT_NOFILE");
	limit.rlim_cur = wanted != 0 ? wanted : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "RLIMIT_NOFILE of %lu", (unsigned long)limit.rlim_cur);
}

/* Beyond fs.nr_open, which is the whole machine's, nobody can go. */
static void
set_highest_limit(void)
{
	FILE *file = fopen("/proc/sys/fs/nr_open", "r");
	unsigned long most;
	struct rlimit both;

	if (file == NULL || fscanf(file, "%lu", &most) != 1)
		err(1, "fs.nr_open");
	fclose(file);
	both = (struct rlimit){ most, most };
	if (setrlimit(RLIMIT_NOFILE, &both) == -1)
		set_limit(0);
}

/* They pass an exec. */
static void
open_descriptors(size_t count)
{
	set_limit(count + 100);
	for (size_t i = 0; i < count; i++)
		if (open("/dev/null", O_RDONLY) == -1)
			err(1, "/dev/null");
}

int
main(int argc, char **argv)
{
	struct contest contest;
	size_t crowd = 0;
	bool stays = false;
	int option;

	set_limit(1024);
	while ((option = getopt(argc, argv, "+ld:n:s")) != -1)
		switch (option) {
		case 'l':
			set_highest_limit();
			break;
		case 'd':
			open_descriptors(strtoul(optarg, NULL, 10));
			break;
		case 'n':
			crowd = strtoul(optarg, NULL, 10);
			break;
		case 's':
			stays = true;
			break;
		default:
			return 64;
		}
	if (argc - optind < 6)
		errx(64, "too few words");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		err(1, "prctl");
	contest_read(&contest, argv + optind + 1, stays);
	if (strcmp(argv[optind], "starts") == 0)
		contest_starts(&contest);
	else if (strcmp(argv[optind], "counts") == 0)
		contest_counts(&contest);
	else if (strcmp(argv[optind], "stops") == 0)
		contest_stops(&contest);
	else if (strcmp(argv[optind], "deaths") == 0)
		contest_deaths(&contest);
	else if (strcmp(argv[optind], "crowd") == 0)
		contest_crowd(&contest, crowd);
	else if (strcmp(argv[optind], "keep") == 0)
		contest_keep(&contest, crowd);
	else
		errx(64, "%s: no such contest", argv[optind]);
	return 0;
}
