/* api_judge – the order of precedence is a table of checks. */
#include "api_judge.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "body.h"
#include "request.h"

/* What a check looks at, and where it writes what it found. */
struct trial {
	const struct api_authority *by;
	const struct api_call *call;
	int64_t now;
	struct api_judgement *j;
};

/* Each returns FAULT_NONE to let the next one look. */
typedef enum api_fault check(const struct trial *t);

static enum api_fault
refuse(const struct trial *t, enum api_fault fault, const char *why)
{
	snprintf(t->j->why, sizeof(t->j->why), "%s", why);
	return fault;
}

static enum api_fault
check_there(const struct trial *t)
{
	return t->by->policy.audience[0] != '\0' ? FAULT_NONE : FAULT_NOT_FOUND;
}

static enum api_fault
check_route(const struct trial *t)
{
	struct api_judgement *j = t->j;

	return api_route_find(t->call->method, t->call->uri, &j->route, &j->place, j->allow);
}

/* A page that has an application's token has it by mistake, and gets nothing for it. */
static enum api_fault
check_origin(const struct trial *t)
{
	return t->call->origin[0] == '\0' ? FAULT_NONE : FAULT_ORIGIN;
}

/* People put tokens there, and others log them. */
static enum api_fault
check_query(const struct trial *t)
{
	if (strchr(t->call->uri, '?') == NULL)
		return FAULT_NONE;
	return refuse(t, FAULT_BAD_REQUEST, "expected no query; a token goes into Authorization");
}

static enum api_fault
check_token(const struct trial *t)
{
	struct api_judgement *j = t->j;
	struct request r;
	enum refusal why = request_read_query(&r, NULL, t->call->authorization);

	if (why == REFUSED_NOT)
		why = token_verify(r.token, t->by->keys, &t->by->policy, t->now, &j->token, j->why,
		    sizeof(j->why));
	request_wipe(&r);
	return api_fault_of(why);
}

static enum api_fault
check_scope(const struct trial *t)
{
	enum scope needed = t->j->route->scope;

	if (t->j->token.grants.scopes & needed)
		return FAULT_NONE;
	snprintf(t->j->why, sizeof(t->j->why), "expected %s", scope_name(needed));
	return FAULT_SCOPE;
}

/* A parameter means nothing (RFC 8259 §11), but people's libraries write one. */
static bool
is_json(const char *type)
{
	static const char json[] = "application/json";
	size_t n = sizeof(json) - 1;

	return strncasecmp(type, json, n) == 0 && (type[n] == '\0' || strchr(" \t;", type[n]));
}

static enum api_fault
check_type(const struct trial *t)
{
	if (t->call->body == NULL)
		return FAULT_TOO_LARGE;
	if (t->call->len == 0)
		return FAULT_NONE;
	if (t->j->route->body == NULL)
		return refuse(t, FAULT_BAD_REQUEST, "expected no body");
	return is_json(t->call->type) ? FAULT_NONE : FAULT_MEDIA_TYPE;
}

/* Nothing is the same as {}. */
static enum api_fault
check_body(const struct trial *t)
{
	struct api_judgement *j = t->j;
	const char *body = t->call->len > 0 ? t->call->body : "{}";
	size_t len = t->call->len > 0 ? t->call->len : 2;

	if (j->route->body == NULL)
		return FAULT_NONE;
	if (!json_valid(body, len))
		return FAULT_BAD_JSON;
	j->payload = json_root(body, len);
	return body_check_exactly(j->route->body, j->payload, j->why, sizeof(j->why)) == 0
		   ? FAULT_NONE
		   : FAULT_BAD_BODY;
}

/* The order matters beyond courtesy: who has no token learns nothing but what is written in the
 * description anyway, and whose token is bad has no body read. */
static check *const checks[] = {
	check_there,
	check_route,
	check_origin,
	check_query,
	check_token,
	check_scope,
	check_type,
	check_body,
};

void
api_judge(const struct api_authority *by, const struct api_call *c, int64_t now,
    struct api_judgement *j)
{
	struct trial t = { by, c, now, j };

	memset(j, 0, sizeof(*j));
	for (size_t i = 0; j->fault == FAULT_NONE && i < sizeof(checks) / sizeof(*checks); i++)
		j->fault = checks[i](&t);
}
