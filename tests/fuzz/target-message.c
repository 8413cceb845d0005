/* SPDX-License-Identifier: ISC
 *
 * What is printed of a hostile name: no control character in messages, and
 * valid JSON.
 */
#include <stdarg.h>

#include "report.h"

#include "fuzz.h"

static FILE *out;

static int __attribute__((format(printf, 1, 2)))
print(const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vfprintf(out, format, ap);
	va_end(ap);
	return n;
}

/* json.c prints on standard output; here into memory. */
#undef printf
#undef putchar
#undef stdout
#define putchar(c)	putc(c, out)
#define printf		print
#define stdout		out
#include "json.c"

static unsigned int
hex(const char *p)
{
	unsigned int value = 0;

	for (int i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef";
		const char *at = strchr(digits, p[i]);

		check(p[i] != '\0' && at != NULL);
		value = value * 16 + (unsigned int)(at - digits);
	}
	return value;
}

/* The length of what stands for one byte or sequence of the text. */
static size_t
check_unit(const char *json, const unsigned char *text, size_t *used)
{
	*used = 1;
	if (*json != '\\') {
		const unsigned char *p = (const unsigned char *)json;

		check(*p >= ' ' && *p != '"' && *p != 0x7f);
		while ((p[*used] & 0xc0) == 0x80)
			++*used;
		check(memcmp(json, text, *used) == 0);
		return *used;
	}
	if (json[1] != 'u') {
		check((json[1] == '"' || json[1] == '\\') &&
		    (unsigned char)json[1] == *text);
		return 2;
	}
	check(hex(json + 2) == *text || (hex(json + 2) == 0xfffd &&
	    *text >= 0x80));
	return 6;
}

static void
check_json(const uint8_t *data, size_t size)
{
	const char *p;
	char *json = NULL;
	size_t length = 0, used, n;

	out = open_memstream(&json, &length);
	check(out != NULL);
	json_string((const char *)data, size);
	fclose(out);
	check(length >= 2 && json[0] == '"' && json[length - 1] == '"');
	for (p = json + 1; p < json + length - 1; p += n) {
		check(size > 0);
		n = check_unit(p, data, &used);
		check(used <= size);
		data += used;
		size -= used;
	}
	check(p == json + length - 1 && size == 0);
	free(json);
}

FUZZ_TARGET(message)
{
	char *text = fuzz_text(data, size);
	struct fault fault;

	check_json((const uint8_t *)text, size);
	fault_usage(&fault, text, "%s", text);
	check(strlen(fault.object) < sizeof fault.object &&
	    strlen(fault.detail) < sizeof fault.detail);
	defuse(text);
	for (const char *p = text; *p != '\0'; p++)
		check((unsigned char)*p >= ' ' && *p != 0x7f);
	free(text);
}
