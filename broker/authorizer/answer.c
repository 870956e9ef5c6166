/* answer – see answer.h. */
#include "answer.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum { RETRY_AFTER = 2 }; /* s; a broker restarts in less */

/* What each status says beside its number: the reason phrase, and a header that belongs to it. */
struct status_row {
	int status;
	const char *phrase;
	const char *header;
};

/* clang-format off */
static const struct status_row statuses[] = {
	{ 400, "Bad Request",          "" },
	{ 401, "Unauthorized",         "" },
	{ 403, "Forbidden",            "" },
	{ 404, "Not Found",            "" },
	{ 405, "Method Not Allowed",   "" },
	{ 413, "Content Too Large",    "" },
	{ 414, "URI Too Long",         "" },
	{ 415, "Unsupported Media Type", "" },
	{ 426, "Upgrade Required",     "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" },
	{ 429, "Too Many Requests",    "" },
	{ 503, "Service Unavailable",  "" },
};
/* clang-format on */

static const struct status_row *
status_find(int status)
{
	const struct status_row *row = statuses;

	while (row->status != status) {
		row++;
		assert(row < statuses + sizeof(statuses) / sizeof(statuses[0]));
	}
	return row;
}

/* Appends text as a header can carry it, and RFC 6750 §3 an error_description: printable ASCII
 * without `"` and `\`. */
static void
put_plain(struct buf *to, const char *text)
{
	for (; *text != '\0'; text++) {
		bool plain = *text >= ' ' && *text <= '~' && *text != '"' && *text != '\\';

		buf_char(to, plain ? *text : '\'');
	}
}

/* "The token is not acceptable." and "exp is missing" make "The token is not acceptable (exp is
 * missing)." A detail is made plain even in a body, as one that nginx brought back is it
 * already. */
static void
put_message(struct buf *to, const char *message, const char *detail)
{
	size_t n = strlen(message);

	if (detail[0] == '\0') {
		buf_add(to, message, n);
		return;
	}
	buf_add(to, message, message[n - 1] == '.' ? n - 1 : n);
	buf_str(to, " (");
	put_plain(to, detail);
	buf_str(to, ").");
}

static void
put_body(struct buf *to, const char *word, const struct buf *message)
{
	buf_str(to, "{\"error\":");
	buf_json(to, word, strlen(word));
	buf_str(to, ",\"message\":");
	buf_json(to, message->at, message->len);
	buf_str(to, "}\n");
}

static void
put_headers(struct buf *to, int number, const char *headers, const char *message, int retry_after)
{
	const struct status_row *status = status_find(number);

	buf_fmt(to, "Status: %d %s\r\n%s%s", status->status, status->phrase, status->header,
	    headers);
	buf_str(to, "Content-Type: application/json\r\nCache-Control: no-store\r\n");
	if (status->status == 401) {
		buf_str(to, "WWW-Authenticate: Bearer error=\"invalid_token\", ");
		buf_str(to, "error_description=\"");
		put_plain(to, message);
		buf_str(to, "\"\r\n");
	}
	if (status->status == 429 || status->status == 503)
		buf_fmt(to, "Retry-After: %d\r\n", retry_after > 0 ? retry_after : RETRY_AFTER);
	buf_str(to, "\r\n");
}

void
answer_no(struct buf *to, const struct refusal_row *no, const char *headers, const char *detail,
    int retry_after)
{
	struct buf message = BUF_INIT;

	put_message(&message, no->message, detail);
	buf_char(&message, '\0');
	if (!buf_failed(&message)) {
		message.len--;
		put_headers(to, no->status, headers, message.at, retry_after);
		put_body(to, no->word, &message);
	}
	buf_fini(&message);
}

void
answer_refusal(struct buf *to, enum refusal why, const char *detail, int retry_after)
{
	answer_no(to, &refusal_table[why], "", detail, retry_after);
}

static void
put_admission(struct buf *to, const struct request *r)
{
	buf_str(to, "Status: 200 OK\r\nX-Beckon-Target: ");
	authorize_target(to, r);
	buf_fmt(to, "\r\nX-Beckon-Token: %s\r\n\r\n", r->token);
}

void
answer_judgement(struct buf *to, const struct judgement *j)
{
	if (j->refusal == REFUSED_NOT) {
		put_admission(to, &j->request);
		return;
	}
	buf_str(to, "Status: 403 Forbidden\r\n");
	buf_fmt(to, "X-Beckon-Word: %s\r\n", refusal_table[j->refusal].word);
	buf_fmt(to, "X-Beckon-Retry-After: %d\r\nX-Beckon-Why: ", j->verdict.retry_after);
	put_plain(to, j->why);
	buf_str(to, "\r\n\r\n");
}

/* Who may read the rest. An origin that is allowed consists of characters that a header takes. */
static void
put_sharing(struct buf *to, const char *reader)
{
	buf_str(to, "Vary: Origin\r\n");
	if (reader[0] == '\0')
		return;
	buf_fmt(to, "Access-Control-Allow-Origin: %s\r\n", reader);
	buf_str(to, "Access-Control-Expose-Headers: Retry-After, WWW-Authenticate\r\n");
}

static void
put_text(struct buf *to, const char *name, const char *text)
{
	buf_fmt(to, "\"%s\":", name);
	buf_json(to, text, strlen(text));
	buf_char(to, ',');
}

static void
put_person(struct buf *to, const struct token *t, const char *role)
{
	buf_str(to, "Status: 200 OK\r\nContent-Type: application/json\r\n");
	buf_str(to, "Cache-Control: no-store\r\n\r\n{");
	put_text(to, "clientId", t->sub);
	put_text(to, "displayName", t->name);
	put_text(to, "role", role);
	buf_fmt(to, "\"expires\":%" PRId64 "}\n", t->expires);
}

void
answer_validation(struct buf *to, const struct judgement *j)
{
	put_sharing(to, j->reader);
	if (j->refusal == REFUSED_NOT)
		put_person(to, &j->token, j->verdict.role);
	else
		answer_refusal(to, j->refusal, j->why, j->verdict.retry_after);
}

static void
put_servers(struct buf *to, const struct turn *t, const char *sub, int64_t now)
{
	buf_str(to, "Status: 200 OK\r\nContent-Type: application/json\r\n");
	buf_str(to, "Cache-Control: no-store\r\n\r\n{\"iceServers\":");
	turn_put(to, t, sub, now);
	buf_fmt(to, ",\"ttl\":%ld}\n", t->conf.seconds);
}

void
answer_turn(struct buf *to, const struct judgement *j, const struct turn *t, int64_t now)
{
	put_sharing(to, j->reader);
	if (j->refusal == REFUSED_NOT)
		put_servers(to, t, j->token.sub, now);
	else
		answer_refusal(to, j->refusal, j->why, 0);
}

/* A browser asks first where a page sends its token in Authorization. */
void
answer_preflight(struct buf *to, const struct judgement *j)
{
	put_sharing(to, j->reader);
	if (j->refusal != REFUSED_NOT) {
		answer_refusal(to, j->refusal, j->why, 0);
		return;
	}
	buf_str(to, "Status: 204 No Content\r\nAccess-Control-Allow-Methods: GET\r\n");
	buf_str(to, "Access-Control-Allow-Headers: Authorization\r\n");
	buf_str(to, "Access-Control-Max-Age: 600\r\nCache-Control: no-store\r\n\r\n");
}
