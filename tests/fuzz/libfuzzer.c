/* SPDX-License-Identifier: ISC
 *
 * Under libFuzzer: FUZZ_TARGET in the environment says which target it is.
 */
#include "fuzz.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_target *target;

	if (target == NULL) {
		const char *name = getenv("FUZZ_TARGET");

		target = fuzz_find(name != NULL ? name : "");
		if (target == NULL) {
			fprintf(stderr, "FUZZ_TARGET names no target\n");
			exit(64);
		}
	}
	target->run(data, size);
	return 0;
}
