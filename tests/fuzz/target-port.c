/* SPDX-License-Identifier: ISC
 *
 * A port: --bind-port, --ready=listen: and --listen take the same ones, from
 * the one spelling of their number.
 */
#include <arpa/inet.h>

#include "condition.h"
#include "listen.h"
#include "parse.h"

#include "fuzz.h"

static bool
expect(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n < 6 && text[n] == '\0' && text[0] != '0' &&
	    atol(text) <= 65535;
}

FUZZ_TARGET(port)
{
	char *text = fuzz_text(data, size), host[64];
	struct listen_address address;
	struct listen listen;
	uint16_t port = 12345;
	bool valid = expect(text);

	check((parse_port(text, &port) == 0) == valid);
	check(port == (valid ? atol(text) : 12345));
	if (text[0] != '/' && text[0] != '@' && strchr(text, ':') == NULL)
		check((parse_listen_address(text, &address) == 0) == valid);
	if (strpbrk(text, "/@:=,") == NULL) {
		check((listen_parse(text, &listen) == NULL) == valid);
		check(!valid || (listen.everywhere &&
		    ntohs(listen.address.in6.sin6_port) == port));
		snprintf(host, sizeof host, "[::1]:%.32s", text);
		check((parse_listen_address(host, &address) == 0) == valid);
		check((listen_parse(host, &listen) == NULL) == valid);
	}
	free(text);
}
