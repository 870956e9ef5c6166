/* claims – one small function for each claim. */
#include "claims.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "control.h"
#include "grants.h"
#include "quote.h"

/* The last second of the year 9999. A larger number is a mistake, most often milliseconds. */
#define SECONDS_MAX 253402300799.0

static const cJSON *
claim(const struct claims *c, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(c->all, name);
}

static enum refusal found(struct claims *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum refusal
found(struct claims *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->why, c->size, format, args);
	va_end(args);
	return REFUSED_NOT;
}

static enum refusal
refuse(struct claims *c, const char *why)
{
	snprintf(c->why, c->size, "%s", why);
	return REFUSED_TOKEN_INVALID;
}

/* ---- times: seconds since 1970, with a fraction or without (RFC 7519 §2, NumericDate) ---- */

static bool
is_time(const cJSON *value)
{
	return cJSON_IsNumber(value) && value->valuedouble >= 0 &&
	       value->valuedouble <= SECONDS_MAX;
}

static const char *
print_time(char to[32], double seconds)
{
	time_t t = (time_t)seconds;
	struct tm parts;

	gmtime_r(&t, &parts);
	strftime(to, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
	return to;
}

static enum refusal
check_exp(struct claims *c)
{
	const cJSON *exp = claim(c, "exp");
	char when[32];

	if (!exp)
		return refuse(c, "exp is missing");
	if (!is_time(exp))
		return refuse(c, "exp: expected a time in seconds since 1970");
	c->exp = exp->valuedouble;
	return found(c, "%s", print_time(when, c->exp));
}

static enum refusal
check_nbf(struct claims *c)
{
	const cJSON *nbf = claim(c, "nbf");

	if (!nbf)
		return found(c, "absent");
	if (!is_time(nbf))
		return refuse(c, "nbf: expected a time in seconds since 1970");
	if ((double)c->now < (nbf->valuedouble - (double)c->policy->leeway) * 1000)
		return refuse(c, "nbf: not valid yet");
	return found(c, "past");
}

/* Last of all, as a token that is wrong in anything else is invalid, not expired: a client that is
 * told "expired" fetches another of the same kind. */
static enum refusal
check_expiry(struct claims *c)
{
	double until = (c->exp + (double)c->policy->leeway) * 1000;
	char when[32];

	if ((double)c->now >= until) {
		found(c, "it was good until %s", print_time(when, until / 1000));
		return REFUSED_TOKEN_EXPIRED;
	}
	c->token->expires = (int64_t)until;
	return found(c, "for another %.0f s", (until - (double)c->now) / 1000);
}

/* ---- issuer and audience ---- */

static enum refusal
check_iss(struct claims *c)
{
	const char *wanted = c->policy->issuer;
	const cJSON *iss = claim(c, "iss");

	if (iss && !cJSON_IsString(iss))
		return refuse(c, "iss: expected a string");
	if (!wanted[0])
		return found(c, "any is accepted");
	if (!iss)
		return refuse(c, "iss is missing");
	if (strcmp(iss->valuestring, wanted) != 0)
		return refuse(c, "iss: another issuer is expected here");
	return found(c, "as expected");
}

/* A string or an array of strings (RFC 7519 §4.1.3), in which `wanted` is to be found. */
static bool
audience_has(const cJSON *aud, const char *wanted, bool *well_formed)
{
	const cJSON *one;
	bool has = false;

	*well_formed = cJSON_IsString(aud) || cJSON_IsArray(aud);
	if (cJSON_IsString(aud))
		return strcmp(aud->valuestring, wanted) == 0;
	cJSON_ArrayForEach(one, aud) {
		if (!cJSON_IsString(one))
			*well_formed = false;
		else if (strcmp(one->valuestring, wanted) == 0)
			has = true;
	}
	return has;
}

static enum refusal
check_aud(struct claims *c)
{
	const char *wanted = c->policy->audience, *never = c->policy->never;
	const cJSON *aud = claim(c, "aud");
	bool well_formed, has;

	if (!aud)
		return wanted[0] ? refuse(c, "aud is missing") : found(c, "any is accepted");
	has = audience_has(aud, wanted, &well_formed);
	if (!well_formed)
		return refuse(c, "aud: expected a string or an array of strings");
	if (never[0] && audience_has(aud, never, &well_formed))
		return refuse(c, "aud: the token is for another door of this service");
	if (!wanted[0])
		return found(c, "any is accepted");
	return has ? found(c, "as expected")
		   : refuse(c, "aud: the token is for another audience");
}

/* ---- who ---- */

static enum refusal
check_sub(struct claims *c)
{
	const cJSON *sub = claim(c, "sub");
	char shown[QUOTE_SIZE];

	if (!sub)
		return refuse(c, "sub is missing");
	if (!cJSON_IsString(sub))
		return refuse(c, "sub: expected a string");
	if (!sub->valuestring[0])
		return refuse(c, "sub is empty");
	if (strlen(sub->valuestring) > SUB_MAX)
		return refuse(c, "sub is longer than 255 bytes");
	for (const char *at = sub->valuestring; *at; at++)
		if (control_at(at))
			return refuse(c, "sub holds a control character");
	strcpy(c->token->sub, sub->valuestring);
	return found(c, "\"%s\"", quote(shown, sizeof(shown), c->token->sub));
}

/* Copies n bytes of text without what steers, cut at NAME_POINTS_MAX. Returns whether anything that
 * can be seen came of it. */
static bool
copy_name(char to[DISPLAY_NAME_MAX + 1], const char *text, size_t n)
{
	const char *end = text + n;
	size_t len = 0;
	int points = 0;

	while (text < end) {
		size_t control = control_at(text) + control_turning_at(text);

		if (control) {
			text += control;
			continue;
		}
		if (((unsigned char)*text & 0xc0) != 0x80 && ++points > NAME_POINTS_MAX)
			break;
		to[len++] = *text++;
	}
	to[len] = '\0';
	return strspn(to, " ") < len;
}

static bool
name_from(struct claims *c, const cJSON *value)
{
	const char *text = cJSON_GetStringValue(value);

	return text && copy_name(c->token->name, text, strlen(text));
}

static bool
name_from_email(struct claims *c)
{
	const char *email = cJSON_GetStringValue(claim(c, "email"));
	const char *at = email ? strchr(email, '@') : NULL;

	return at && copy_name(c->token->name, email, (size_t)(at - email));
}

/* A name is no grant: one of another shape is passed over, not refused. */
static enum refusal
read_name(struct claims *c)
{
	const cJSON *user = cJSON_GetObjectItemCaseSensitive(claim(c, "context"), "user");
	char shown[QUOTE_SIZE];

	if (!name_from(c, claim(c, "name")) &&
	    !name_from(c, cJSON_GetObjectItemCaseSensitive(user, "name")) &&
	    !name_from(c, claim(c, "nickname")) && !name_from_email(c))
		copy_name(c->token->name, c->token->sub, strlen(c->token->sub));
	return found(c, "\"%s\"", quote(shown, sizeof(shown), c->token->name));
}

static enum refusal
read_grants(struct claims *c)
{
	const struct grants *g = &c->token->grants;

	if (grants_read(&c->token->grants, c->all, c->why, c->size) != 0)
		return REFUSED_TOKEN_INVALID;
	if (g->any_room)
		return found(c, "any room%s", g->host ? ", host" : "");
	return found(c, "%d named room%s%s", g->rooms, g->rooms == 1 ? "" : "s",
	    g->host ? ", host" : "");
}

const struct claims_check claims_checks[] = {
	{ "exp", check_exp },
	{ "nbf", check_nbf },
	{ "iss", check_iss },
	{ "aud", check_aud },
	{ "sub", check_sub },
	{ "name", read_name },
	{ "grants", read_grants },
	{ "expiry", check_expiry },
	{ NULL, NULL },
};
