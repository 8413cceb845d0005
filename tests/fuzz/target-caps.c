/* SPDX-License-Identifier: ISC
 *
 * Sets of capabilities: each name is one bit, in the kernel's order.
 */
#include <ctype.h>
#include <stdbool.h>

#include "caps.h"

#include "fuzz.h"

/* What one name has to mean, looked up in all that are printed; 0: nothing. */
static uint64_t
bit_of(const char *name, size_t length)
{
	char all[1024], one[64], *rest = all, *known;
	uint64_t bit = 1;

	if (length >= sizeof one)
		return 0;
	for (size_t i = 0; i < length; i++)
		one[i] = (char)tolower((unsigned char)name[i]);
	one[length] = '\0';
	caps_format(~UINT64_C(0), all, sizeof all);
	for (; (known = strsep(&rest, ",")) != NULL; bit <<= 1)
		if (strcmp(one, known) == 0 || (strncmp(one, "cap_", 4) == 0 &&
		    strcmp(one + 4, known) == 0))
			return bit;
	return 0;
}

static bool
expect(const char *text, uint64_t *set)
{
	size_t n;

	*set = 0;
	if (text[0] == '\0')
		return true;
	for (;; text += n + 1) {
		uint64_t bit;

		n = strcspn(text, ",");
		if ((bit = bit_of(text, n)) == 0)
			return false;
		*set |= bit;
		if (text[n] == '\0')
			return true;
	}
}

static void
check_print(uint64_t set)
{
	char text[1024], small[16];
	uint64_t again = ~set;

	caps_format(set, text, sizeof text);
	check(strlen(text) < sizeof text - 1);
	check(caps_parse(text, &again) == 0 && again == set);
	caps_format(set, small, sizeof small);
	check(strlen(small) < sizeof small &&
	    strncmp(small, text, strlen(small)) == 0);
}

FUZZ_TARGET(caps)
{
	const uint64_t mark = UINT64_C(0xa5a5a5a5a5a5a5a5);
	char *text = fuzz_text(data, size);
	uint64_t set = mark, expected, fixed;

	if (caps_parse(text, &set) == 0) {
		check(expect(text, &expected) && set == expected);
		check_print(set);
	} else
		check(!expect(text, &expected) && set == mark);
	/* CAP_CHOWN, CAP_SYS_ADMIN and CAP_CHECKPOINT_RESTORE: linux's. */
	check(caps_parse("chown,CAP_SYS_ADMIN,checkpoint_restore", &fixed) ==
	    0 && fixed == ((UINT64_C(1) << 40) | (1 << 21) | 1));
	free(text);
}
