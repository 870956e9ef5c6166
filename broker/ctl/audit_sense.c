/* audit_sense – what does not go together, and what is legal but unwise. See audit.h. */
#include "audit.h"

#include <string.h>
#include <unistd.h>

static bool
is_set(const struct audit *a, enum conf_key key)
{
	return a->conf.text[key][0] != '\0';
}

static bool
wrong_websocketd_memory(const struct audit *a)
{
	long mib = a->conf.number[CONF_WEBSOCKETD_MEMORY];

	return mib != 0 && mib < 128;
}

static bool
wrong_timeout(const struct audit *a)
{
	return a->conf.number[CONF_TIMEOUT_SECONDS] <= a->conf.number[CONF_PING_SECONDS];
}

static bool
unreadable_authorities(const struct audit *a)
{
	return is_set(a, CONF_JWKS_CA) && access(a->conf.text[CONF_JWKS_CA], R_OK) != 0;
}

static bool
turn_without_secret(const struct audit *a)
{
	return is_set(a, CONF_TURN_URLS) && !is_set(a, CONF_TURN_SECRET);
}

static bool
unreadable_turn_secret(const struct audit *a)
{
	return is_set(a, CONF_TURN_SECRET) && access(a->conf.text[CONF_TURN_SECRET], R_OK) != 0;
}

static bool
provider_without_issuer(const struct audit *a)
{
	return is_set(a, CONF_JWKS_URL) && !is_set(a, CONF_JWT_ISSUER);
}

static bool
provider_without_audience(const struct audit *a)
{
	return is_set(a, CONF_JWKS_URL) && !is_set(a, CONF_JWT_AUDIENCE);
}

static bool
tls_without_origins(const struct audit *a)
{
	return is_set(a, CONF_TLS_CERTIFICATE) && !is_set(a, CONF_ALLOWED_ORIGINS);
}

static bool
origins_in_the_clear(const struct audit *a)
{
	const char *origins = a->conf.text[CONF_ALLOWED_ORIGINS];

	for (const char *at = origins; (at = strstr(at, "http://")); at += 7)
		if (strncmp(at + 7, "localhost", 9) != 0 && strncmp(at + 7, "127.", 4) != 0)
			return true;
	return false;
}

static bool
everybody_is_a_proxy(const struct audit *a)
{
	return strstr(a->conf.text[CONF_TRUSTED_PROXIES], "/0") != NULL;
}

static bool
figures_for_everybody(const struct audit *a)
{
	return strstr(a->conf.text[CONF_METRICS_ALLOW], "/0") != NULL;
}

static bool
debugging(const struct audit *a)
{
	return strcmp(a->conf.text[CONF_LOG_LEVEL], "debug") == 0;
}

static bool
shared_gateway_user(const struct audit *a)
{
	return strcmp(a->conf.text[CONF_GATEWAY_USER], "root") == 0;
}

/* clang-format off */
static const struct rule {
	bool (*applies)(const struct audit *a);
	enum audit_level level;
	enum conf_key key;
	const char *message;
} rules[] = {
	{ wrong_websocketd_memory,  AUDIT_ERROR,   CONF_WEBSOCKETD_MEMORY,
	  "expected 0 or at least 128" },
	{ unreadable_authorities,   AUDIT_ERROR,   CONF_JWKS_CA,
	  "expected a file that can be read" },
	{ turn_without_secret,      AUDIT_ERROR,   CONF_TURN_URLS,
	  "expected TURN_SECRET beside it" },
	{ unreadable_turn_secret,   AUDIT_ERROR,   CONF_TURN_SECRET,
	  "expected a file that can be read" },
	{ shared_gateway_user,      AUDIT_ERROR,   CONF_GATEWAY_USER,
	  "expected a user who may nothing, got root" },
	{ wrong_timeout,            AUDIT_WARNING, CONF_TIMEOUT_SECONDS,
	  "is not more than PING_SECONDS: who is quiet is gone before being asked" },
	{ provider_without_issuer,  AUDIT_WARNING, CONF_JWT_ISSUER,
	  "is empty, and keys are a provider's: a token of any of its tenants is accepted" },
	{ provider_without_audience, AUDIT_WARNING, CONF_JWT_AUDIENCE,
	  "is empty, and keys are a provider's: a token made for another service is accepted" },
	{ tls_without_origins,      AUDIT_WARNING, CONF_ALLOWED_ORIGINS,
	  "is empty behind TLS: only pages of localhost may connect" },
	{ origins_in_the_clear,     AUDIT_WARNING, CONF_ALLOWED_ORIGINS,
	  "names pages without TLS: whoever is on their way can be anybody there" },
	{ everybody_is_a_proxy,     AUDIT_WARNING, CONF_TRUSTED_PROXIES,
	  "trusts everybody: each client says itself which address it has" },
	{ figures_for_everybody,    AUDIT_WARNING, CONF_METRICS_ALLOW,
	  "lets everybody read the figures, and from them how much there is to attack" },
	{ debugging,                AUDIT_WARNING, CONF_LOG_LEVEL,
	  "is debug: a line for each connection more, in which people are named" },
};
/* clang-format on */

void
audit_sense(struct audit *a)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (rules[i].applies(a))
			audit_say(a, rules[i].level, (int)rules[i].key, "%s", rules[i].message);
}
