/* SPDX-License-Identifier: ISC
 *
 * Times: as long as they say, and never shorter.
 */
#include "parse.h"

#include "fuzz.h"

#define YEAR	31536000LL

/* Rounded up to milliseconds, digit by digit. */
static int64_t
calculate(const char *text)
{
	const char *point = strchr(text, '.');
	char digits[] = "000";
	size_t n = point != NULL ? strlen(point + 1) : 0;

	if (n > 0)
		memcpy(digits, point + 1, n < 3 ? n : 3);
	return atoll(text) * 1000 + atoll(digits) +
	    (n > 3 && strpbrk(point + 4, "123456789") != NULL);
}

/* Digits, a point and more digits, or one of both, and something above zero. */
static bool
expect(const char *text)
{
	size_t n = strspn(text, "0123456789");
	size_t m = text[n] == '.' ? strspn(text + n + 1, "0123456789") : 0;

	return n + m > 0 && (text[0] != '0' || n == 1) && n < 9 &&
	    strpbrk(text, "123456789") != NULL &&
	    calculate(text) <= YEAR * 1000 && (text[n] == '\0' ||
	    (text[n] == '.' && m > 0 && text[n + 1 + m] == '\0'));
}

FUZZ_TARGET(seconds)
{
	char *text = fuzz_text(data, size), printed[32];
	unsigned long long microseconds = 12345, most = YEAR * 1000000, n;
	int64_t milliseconds = -7;

	check((parse_seconds(text, &milliseconds) == 0) == expect(text));
	if (expect(text))
		check(milliseconds == calculate(text) && milliseconds > 0);
	else
		check(milliseconds == -7);
	if (parse_microseconds(text, &microseconds) == 0) {
		n = strtoull(text, NULL, 10);
		snprintf(printed, sizeof printed, "%llu", n);
		check(strcmp(printed, text) == 0);
		check(microseconds == (n < most ? n : most));
	} else
		check(microseconds == 12345);
	free(text);
}
