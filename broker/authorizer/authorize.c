/* authorize – the order of precedence is a table of checks. */
#include "authorize.h"

#include <string.h>
#include <strings.h>

#include "origin.h"

/* What a check looks at, and where it writes what it found. */
struct trial {
	const struct authority *by;
	const struct visit *visit;
	const char *door; /* what the path is to begin with, or to be */
	int64_t now;
	struct judgement *j;
};

/* Each returns REFUSED_NOT to let the next one look. */
typedef enum refusal check(const struct trial *t);

static enum refusal
check_path(const struct trial *t)
{
	size_t n = strcspn(t->visit->uri, "?"), before = strlen(t->door);
	char path[TOKEN_MAX];
	enum refusal why;

	if (n >= sizeof(path))
		return REFUSED_TOO_LONG;
	memcpy(path, t->visit->uri, n);
	path[n] = '\0';
	if (strncmp(path, t->door, before) != 0)
		return REFUSED_NOT_FOUND;
	why = request_read_place(&t->j->request, path + before, PATH_ENCODED);
	t->j->placed = why == REFUSED_NOT;
	return why;
}

/* A path of its own, without a place in it. */
static enum refusal
check_page(const struct trial *t)
{
	size_t n = strcspn(t->visit->uri, "?");

	return n == strlen(t->door) && strncmp(t->visit->uri, t->door, n) == 0 ? REFUSED_NOT
									       : REFUSED_NOT_FOUND;
}

/* What is not a browser names no origin, and needs none. */
static enum refusal
check_origin(const struct trial *t)
{
	bool fine = t->visit->origin[0] == '\0' || t->j->reader[0] != '\0';

	return fine ? REFUSED_NOT : REFUSED_ORIGIN;
}

static enum refusal
check_credentials(const struct trial *t)
{
	const char *mark = strchr(t->visit->uri, '?');

	return request_read_query(
	    &t->j->request, mark != NULL ? mark + 1 : NULL, t->visit->authorization);
}

static enum refusal
check_token(const struct trial *t)
{
	return token_verify(t->j->request.token, t->by->keys, &t->by->policy, t->now,
	    &t->j->token, t->j->why, sizeof(t->j->why));
}

static enum refusal
check_grant(const struct trial *t)
{
	return token_grants_room(&t->j->token, t->j->request.room);
}

static enum refusal
check_some_grant(const struct trial *t)
{
	const struct grants *g = &t->j->token.grants;

	return g->any_room || g->rooms > 0 ? REFUSED_NOT : REFUSED_ROOM_FORBIDDEN;
}

static enum refusal
check_room(const struct trial *t)
{
	struct judgement *j = t->j;

	t->by->admit(t->by->context, &j->request, &j->token, &j->verdict);
	return j->verdict.refusal;
}

/* Is the word in a comma list, in whatever case? (RFC 9110 §5.6.1) */
static bool
list_has(const char *list, const char *word)
{
	size_t n;

	for (; *list != '\0'; list += n) {
		list += strspn(list, ", \t");
		n = strcspn(list, ", \t");
		if (n == strlen(word) && strncasecmp(list, word, n) == 0)
			return true;
	}
	return false;
}

/* 16 bytes in base64 (RFC 6455 §4.1). websocketd would answer a bad one in words of its own. */
static bool
is_handshake_key(const char *key)
{
	static const char base64[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	return strspn(key, base64) == 22 && strcmp(key + 22, "==") == 0;
}

static enum refusal
check_upgrade(const struct trial *t)
{
	const struct visit *v = t->visit;
	bool fine = strcmp(v->method, "GET") == 0 && list_has(v->upgrade, "websocket") &&
	    list_has(v->connection, "upgrade") && strcmp(v->version, "13") == 0 &&
	    is_handshake_key(v->key);

	return fine ? REFUSED_NOT : REFUSED_UPGRADE_REQUIRED;
}

/* Protocol §1. The order matters beyond courtesy: a foreign page learns nothing about a token, a
 * bad token nothing about a room, and the broker is troubled only by what passed all the rest. */
static check *const to_enter[] = {
	check_path,
	check_origin,
	check_credentials,
	check_token,
	check_grant,
	check_room,
	check_upgrade,
};

static check *const to_be_told[] = {
	check_page,
	check_origin,
	check_credentials,
	check_token,
	check_some_grant,
};

/* The less is asked for, the sooner the checks may end; but they are the same. */
static const struct errand_row {
	const char *door;
	check *const *first, *last;
} errands[] = {
	[ERRAND_CONNECT] = { "/ws/", to_enter, check_upgrade },
	[ERRAND_VALIDATE] = { "/validate/", to_enter, check_room },
	[ERRAND_PREFLIGHT] = { "/validate/", to_enter, check_origin },
	[ERRAND_TURN] = { "/turn", to_be_told, check_some_grant },
	[ERRAND_TURN_PREFLIGHT] = { "/turn", to_be_told, check_origin },
};

void
authorize(const struct authority *by, const struct visit *v, int64_t now, struct judgement *j)
{
	const struct errand_row *errand = &errands[v->errand];
	bool known = origin_is_allowed(v->origin, by->origins, by->port);
	struct trial t = { by, v, errand->door, now, j };

	j->refusal = REFUSED_NOT;
	j->why[0] = '\0';
	j->reader = known ? v->origin : "";
	j->placed = false;
	j->verdict = (struct verdict){ 0 };
	for (check *const *c = errand->first; j->refusal == REFUSED_NOT; c++) {
		j->refusal = (*c)(&t);
		if (*c == errand->last)
			break;
	}
}

void
authorize_target(struct buf *to, const struct request *r)
{
	const char *mark = "?";

	/* A room id consists of characters that a URI takes as they are (RFC 3986 §2.3). */
	buf_fmt(to, "/ws/%s/%s", endpoint_name(r->endpoint), r->room);
	if (r->batch || r->delta) {
		buf_fmt(to, "%scaps=%s%s%s", mark, r->batch ? "batch" : "",
		    r->batch && r->delta ? "," : "", r->delta ? "delta" : "");
		mark = "&";
	}
	if (r->resume)
		buf_fmt(to, "%sresume=%s.%llu", mark, r->epoch, (unsigned long long)r->seq);
}
