/* SPDX-License-Identifier: ISC
 *
 * The list of targets, which the linker has made.
 */
#include "fuzz.h"

extern const struct fuzz_target *const __start_fuzz_targets[];
extern const struct fuzz_target *const __stop_fuzz_targets[];

const struct fuzz_target *
fuzz_number(size_t i)
{
	return i < (size_t)(__stop_fuzz_targets - __start_fuzz_targets) ?
	    __start_fuzz_targets[i] : NULL;
}

const struct fuzz_target *
fuzz_find(const char *name)
{
	const struct fuzz_target *target;

	for (size_t i = 0; (target = fuzz_number(i)) != NULL; i++)
		if (strcmp(target->name, name) == 0)
			return target;
	return NULL;
}
