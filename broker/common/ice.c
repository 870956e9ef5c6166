/* ice – see ice.h. */
#include "ice.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ADDRESS_MAX = 300, /* bytes: a host name has 253, the rest is short */
	PORT_MAX = 65535,
};

static bool
starts(const char **at, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*at, word, n) != 0)
		return false;
	*at += n;
	return true;
}

static bool
is_of_name(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_';
}

/* [IPv6], or an IPv4 address or a name. A name may look like anything else that DNS knows. */
static bool
take_host(const char **at)
{
	char address[INET6_ADDRSTRLEN];
	unsigned char bytes[sizeof(struct in6_addr)];
	size_t n;

	if (**at != '[') {
		for (n = 0; is_of_name((*at)[n]);)
			n++;
		*at += n;
		return n > 0;
	}
	n = strcspn(*at, "]");
	if ((*at)[n] == '\0' || n - 1 >= sizeof(address))
		return false;
	snprintf(address, sizeof(address), "%.*s", (int)(n - 1), *at + 1);
	*at += n + 1;
	return inet_pton(AF_INET6, address, bytes) == 1;
}

static bool
take_port(const char **at)
{
	char *end;
	unsigned long port;

	if (**at != ':')
		return true;
	if (!isdigit((unsigned char)*++*at))
		return false;
	port = strtoul(*at, &end, 10);
	*at = end;
	return port > 0 && port <= PORT_MAX;
}

/* Schemes and transports are words of a browser's too, which knows them in lower case. */
static bool
is_address(const char *at, enum ice_kind kind)
{
	bool known = kind == ICE_STUN ? starts(&at, "stun:") || starts(&at, "stuns:")
				      : starts(&at, "turn:") || starts(&at, "turns:");

	if (!known || !take_host(&at) || !take_port(&at))
		return false;
	if (kind == ICE_TURN && starts(&at, "?transport="))
		return strcmp(at, "udp") == 0 || strcmp(at, "tcp") == 0;
	return *at == '\0';
}

bool
ice_list_valid(const char *list, enum ice_kind kind)
{
	char address[ADDRESS_MAX + 1];
	const char *at;
	size_t n;

	while ((at = ice_next(&list, &n)) != NULL) {
		if (n >= sizeof(address))
			return false;
		memcpy(address, at, n);
		address[n] = '\0';
		if (!is_address(address, kind))
			return false;
	}
	return true;
}

const char *
ice_next(const char **cursor, size_t *n)
{
	const char *at = *cursor + strspn(*cursor, ", ");

	*n = strcspn(at, ", ");
	*cursor = at + *n;
	return *n > 0 ? at : NULL;
}
