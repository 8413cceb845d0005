/* SPDX-License-Identifier: ISC
 *
 *	replay -l		the names of all targets
 *	replay TARGET FILE ...
 *
 * Gives each file to a target: whole, cut off behind each byte, and with each
 * byte replaced in turn by those that parsers trip over.  Prints how many
 * inputs that were.  A claim that does not hold aborts.
 */
#include "fuzz.h"

#define INPUT_MAX	65536

static const uint8_t awkward[] = { 0, ' ', '\n', '/', ':', '-', '0', '9', 'A',
    0x7f, 0x80, 0xff };

static size_t
run_variants(const struct fuzz_target *target, uint8_t *data, size_t size)
{
	size_t count = 1;

	target->run(data, size);
	for (size_t n = 0; n < size; n++, count++)
		target->run(data, n);
	for (size_t i = 0; i < size; i++) {
		uint8_t saved = data[i];

		for (size_t j = 0; j < sizeof awkward; j++, count++) {
			data[i] = awkward[j];
			target->run(data, size);
		}
		data[i] = saved;
	}
	return count;
}

static size_t
replay(const struct fuzz_target *target, const char *path)
{
	static uint8_t data[INPUT_MAX];
	FILE *file = fopen(path, "re");
	size_t size;

	if (file == NULL) {
		perror(path);
		exit(66);
	}
	size = fread(data, 1, sizeof data, file);
	fclose(file);
	return run_variants(target, data, size);
}

int
main(int argc, char **argv)
{
	const struct fuzz_target *target;
	size_t count = 0;

	if (argc == 2 && strcmp(argv[1], "-l") == 0) {
		for (size_t i = 0; (target = fuzz_number(i)) != NULL; i++)
			printf("%s\n", target->name);
		return 0;
	}
	target = argc > 2 ? fuzz_find(argv[1]) : NULL;
	if (target == NULL) {
		fprintf(stderr, "usage: replay -l | replay TARGET FILE ...\n");
		return 64;
	}
	for (int i = 2; i < argc; i++)
		count += replay(target, argv[i]);
	printf("%s: %zu inputs\n", target->name, count);
	return 0;
}
