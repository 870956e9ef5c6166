/* conf_check – one function for each type and for each form. */
#include "conf_check.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ice.h"
#include "log.h"
#include "origin.h"
#include "quote.h"

static const char *const levels[] = {
	[LOG_ERROR] = "error", [LOG_INFO] = "info", [LOG_DEBUG] = "debug", NULL
};
static const char *const switches[] = { "off", "on", NULL };
static const char *const policies[] = { "open", "ask", NULL };

static const char *const formats[] = { [LOG_TEXT] = "text", [LOG_JSON] = "json", NULL };

static int
expected(char *why, const char *what, const char *value)
{
	char shown[QUOTE_SIZE];

	snprintf(why, CONF_WHY_SIZE, "expected %s, got \"%s\"", what,
	    quote(shown, sizeof(shown), value));
	return -1;
}

static int
check_text(const struct conf_row *row, const char *value, char *why)
{
	size_t n = strlen(value);

	if (n < (size_t)row->min || n > (size_t)row->max) {
		snprintf(why, CONF_WHY_SIZE, "expected %ld to %ld bytes, got %zu", row->min,
		    row->max, n);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		if (iscntrl((unsigned char)value[i]))
			return expected(why, "no control characters", value);
	return 0;
}

static int
check_number(const struct conf_row *row, const char *value, long *number, char *why)
{
	char range[64], *end = NULL;

	errno = 0;
	if (isdigit((unsigned char)value[0]) || value[0] == '-') /* strtol would skip spaces */
		*number = strtol(value, &end, 10);
	if (end != NULL && *end == '\0' && errno == 0 && *number >= row->min && *number <= row->max)
		return 0;
	snprintf(range, sizeof(range), "a number from %ld to %ld", row->min, row->max);
	return expected(why, range, value);
}

static int
check_word(const char *const *words, const char *value, long *number, char *why)
{
	char list[64] = "";

	for (long i = 0; words[i]; i++) {
		if (strcmp(value, words[i]) == 0) {
			*number = i;
			return 0;
		}
		strcat(strcat(list, i ? " or " : ""), words[i]);
	}
	return expected(why, list, value);
}

static int
check_type(const struct conf_row *row, const char *value, long *number, char *why)
{
	switch (row->type) {
	case CONF_TEXT: return check_text(row, value, why);
	case CONF_NUMBER: return check_number(row, value, number, why);
	case CONF_SWITCH: return check_word(switches, value, number, why);
	case CONF_LEVEL: return check_word(levels, value, number, why);
	case CONF_POLICY: return check_word(policies, value, number, why);
	case CONF_FORMAT: return check_word(formats, value, number, why);
	}
	return -1;
}

static int
check_origins(const char *value, char *why)
{
	return origin_list_valid(value, why, CONF_WHY_SIZE) ? 0 : -1;
}

/* People paste https://tenant.example/ here; it would give an issuer that no token ever names. */
static int
check_domain(const char *value, char *why)
{
	for (const char *c = value; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(".-:", *c))
			return expected(why, "a host name without scheme and path", value);
	return 0;
}

/* Does it name this very machine? */
static bool
is_loopback(const char *host)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t n = strlen(names[i]);

		if (strncmp(host, names[i], n) == 0 && strchr(":/", host[n]))
			return true;
	}
	return false;
}

/* A host and port, then anything that an address may hold (RFC 3986). */
static bool
is_address(const char *host)
{
	size_t n = strcspn(host, "/?#");

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)host[i]) && !strchr(".-:[]_", host[i]))
			return false;
	for (const char *c = host + n; *c; c++)
		if (*c <= ' ' || *c > '~' || strchr("\"<>\\^`{|}#", *c))
			return false;
	return n > 0;
}

/* Whoever can change the keys on their way here can be anybody: no plain HTTP across a network. */
static int
check_url(const char *value, char *why)
{
	if (value[0] == '\0')
		return 0;
	if (strchr(value, '@')) { /* and what it was is not shown either */
		snprintf(why, CONF_WHY_SIZE, "expected an address without user and password");
		return -1;
	}
	if (strncmp(value, "https://", 8) != 0 &&
	    (strncmp(value, "http://", 7) != 0 || !is_loopback(value + 7)))
		return expected(why, "an address starting with https://", value);
	return is_address(strstr(value, "://") + 3)
		   ? 0
		   : expected(why, "an address with no more than host, port, path and query",
			 value);
}

/* An address, or one with the number of its bits that count: 10.0.0.0/8, fd00::/8. */
static bool
is_network(char *text)
{
	unsigned char address[sizeof(struct in6_addr)];
	char *bits = strchr(text, '/');
	long most;

	if (bits != NULL)
		*bits++ = '\0';
	if (inet_pton(AF_INET, text, address) == 1)
		most = 32;
	else if (inet_pton(AF_INET6, text, address) == 1)
		most = 128;
	else
		return false;
	return bits == NULL ||
	    (strspn(bits, "0123456789") == strlen(bits) && bits[0] != '\0' &&
	        strlen(bits) <= 3 && atol(bits) <= most);
}

static int
check_networks(const char *value, char *why)
{
	char entry[INET6_ADDRSTRLEN + sizeof("/128")];

	for (value += strspn(value, ", "); value[0] != '\0'; value += strspn(value, ", ")) {
		size_t n = strcspn(value, ", ");

		snprintf(entry, sizeof(entry), "%.*s", (int)n, value);
		if (n >= sizeof(entry) || !is_network(entry))
			return expected(why, "addresses or networks like 10.0.0.0/8", value);
		value += n;
	}
	return 0;
}

static int
check_stun(const char *value, char *why)
{
	return ice_list_valid(value, ICE_STUN) ? 0
		: expected(why, "addresses like stun:HOST:PORT", value);
}

static int
check_turn(const char *value, char *why)
{
	return ice_list_valid(value, ICE_TURN) ? 0
		: expected(why, "addresses like turn:HOST:PORT?transport=udp", value);
}

/* Keys whose text has a form of its own. */
static int (*const check_form[CONF_KEYS])(const char *value, char *why) = {
	[CONF_ALLOWED_ORIGINS] = check_origins,
	[CONF_AUTH0_DOMAIN] = check_domain,
	[CONF_JWKS_URL] = check_url,
	[CONF_METRICS_ALLOW] = check_networks,
	[CONF_STUN_URLS] = check_stun,
	[CONF_TRUSTED_PROXIES] = check_networks,
	[CONF_TURN_URLS] = check_turn,
};

int
conf_check(enum conf_key key, const char *value, long *number, char *why)
{
	if (check_type(&conf_table[key], value, number, why) != 0)
		return -1;
	return check_form[key] ? check_form[key](value, why) : 0;
}
