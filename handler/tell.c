/* tell – see tell.h. */
#include "tell.h"

#include <string.h>

#include "bounds.h"

/* Where the client is to come back, or may with another token; all else is final. */
static const enum bye byes[REFUSALS] = {
	[REFUSED_TOKEN_EXPIRED] = BYE_EXPIRED,
	[REFUSED_BANNED] = BYE_BANNED,
	[REFUSED_TOO_MANY] = BYE_UNAVAILABLE,
	[REFUSED_UNAVAILABLE] = BYE_UNAVAILABLE,
};

enum bye
tell_bye_for(enum refusal why)
{
	/* 0 is BYE_LEFT, which no refusal is. */
	return byes[why] != BYE_LEFT ? byes[why] : BYE_DENIED;
}

const char *
tell_reason_for(enum refusal why)
{
	enum bye bye = tell_bye_for(why);

	return bye == BYE_DENIED ? refusal_table[why].word : bye_table[bye].word;
}

static int
put_line(struct outq *q, struct buf *line)
{
	outq_put(q, line->at, line->len);
	if (buf_failed(line))
		q->lines.failed = true;
	buf_fini(line);
	return outq_end(q);
}

static void
begin_error(struct buf *b, const char *code, const char *message, size_t n)
{
	buf_str(b, "{\"event\":\"error\",\"payload\":{\"code\":\"");
	buf_str(b, code);
	buf_str(b, "\",\"message\":");
	buf_json(b, message, n);
	buf_str(b, ",\"event\":null}"); /* it could not be read */
}

static void
end_message(struct buf *b, int64_t ts)
{
	buf_str(b, ",\"ts\":");
	buf_int(b, ts);
	buf_char(b, '}');
}

static bool
id_is_valid(struct json_span id)
{
	char text[MESSAGE_ID_MAX + 1];
	int64_t number;

	if (json_type(id) == JSON_STRING)
		return json_string_copy(id, text, sizeof text) >= 0;
	return json_type(id) == JSON_NUMBER && json_int(id, &number) == 0;
}

int
tell_problem(struct outq *q, enum problem problem, const char *why, struct json_span id, int64_t ts)
{
	struct buf line = BUF_INIT, message = BUF_INIT;

	buf_str(&message, problem_table[problem].help);
	if (why != NULL)
		buf_fmt(&message, " (%s)", why);
	begin_error(&line, problem_table[problem].word, message.at, message.len);
	buf_fini(&message);
	if (id_is_valid(id)) {
		buf_str(&line, ",\"id\":");
		buf_add(&line, id.at, id.len);
	}
	end_message(&line, ts);
	return put_line(q, &line);
}

int
tell_refusal(struct outq *q, enum refusal why, const char *message, size_t n, int64_t ts)
{
	struct buf line = BUF_INIT;

	begin_error(&line, refusal_table[why].word, message, n);
	end_message(&line, ts);
	return put_line(q, &line);
}

int
tell_bye(struct outq *q, enum bye bye, const char *reason, long retry, int64_t ts)
{
	const struct bye_row *row = &bye_table[bye];
	struct buf line = BUF_INIT;

	buf_fmt(&line, "{\"event\":\"bye\",\"payload\":{\"code\":%d,\"reason\":\"%s\",", row->code,
	    reason);
	buf_fmt(&line, "\"reconnect\":%s,\"retryAfterMs\":%ld}", row->reconnect ? "true" : "false",
	    row->reconnect ? retry : 0);
	end_message(&line, ts);
	return put_line(q, &line);
}

int
tell_ping(struct outq *q, int64_t ts)
{
	struct buf line = BUF_INIT;

	buf_str(&line, "{\"event\":\"ping\",\"payload\":{}");
	end_message(&line, ts);
	return put_line(q, &line);
}
