/* dispatch – one event: is it known, permitted, affordable, well-formed; then it runs.
 * Part of the room core, see room.h. */
#include "room.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "body.h"
#include "bounds.h"

static event_run *const runs[EVENTS] = {
#define EVENT(symbol, name, alias, who, cost, chat, body, run, help) [EVENT_##symbol] = run,
#include "event.def"
#undef EVENT
};

bool
act_has(const struct act *a, const char *field)
{
	struct json_span v;

	return json_get(a->payload, field, &v) && json_type(v) != JSON_NULL;
}

struct json_span
act_field(const struct act *a, const char *field)
{
	struct json_span v = { 0 };

	if (act_has(a, field))
		json_get(a->payload, field, &v);
	return v;
}

bool
act_flag(const struct act *a, const char *field)
{
	return act_has(a, field) && json_is_true(act_field(a, field));
}

enum problem
act_find(const struct act *a, const char *field, struct member **m)
{
	char sub[SUB_MAX + 1];

	*m = NULL;
	if (json_string_copy(act_field(a, field), sub, sizeof(sub)) > 0)
		*m = member_find(a->room, sub);
	return *m != NULL ? PROBLEM_NONE : PROBLEM_NOT_FOUND;
}

enum problem
act_find_in_room(const struct act *a, const char *field, struct member **m)
{
	enum problem p = act_find(a, field, m);

	if (p == PROBLEM_NONE && !member_is_in_room(*m))
		p = PROBLEM_FORBIDDEN;
	return p;
}

/* Takes `id` only as it may be: a string or an integer. */
static bool
read_id(struct act *a, struct json_span id)
{
	char text[MESSAGE_ID_MAX + 1];
	int64_t number;

	if (json_type(id) == JSON_STRING) {
		if (json_string_copy(id, text, sizeof(text)) < 0)
			return false;
	} else if (json_type(id) != JSON_NUMBER || json_int(id, &number) != 0) {
		return false;
	}
	a->id = id;
	return true;
}

/* Whoever reads the message after us might take the other one. */
static enum problem
refuse_twins(struct act *a)
{
	snprintf(a->why, sizeof(a->why), "event, payload, id: expected once");
	return PROBLEM_BAD_MESSAGE;
}

/* An absent payload is an empty one, as `ping` and `leave` are often sent without. */
static enum problem
read_envelope(struct act *a, const char *text, size_t len)
{
	struct json_span root, id;
	size_t ids, events, payloads;

	if (len > MESSAGE_MAX)
		return PROBLEM_TOO_LARGE;
	if (!json_valid(text, len))
		return PROBLEM_BAD_JSON;
	root = json_root(text, len);
	ids = json_count(root, "id", &id);
	events = json_count(root, "event", &a->event);
	payloads = json_count(root, "payload", &a->payload);
	if (ids > 1 || events > 1 || payloads > 1)
		return refuse_twins(a);
	if (ids == 1 && !read_id(a, id))
		return PROBLEM_BAD_MESSAGE;
	if (json_type(a->event) != JSON_STRING)
		return PROBLEM_BAD_MESSAGE;
	if (payloads == 0)
		a->payload = (struct json_span){ "{}", 2 };
	return PROBLEM_NONE;
}

static bool
is_permitted(const struct act *a, const struct event_row *row)
{
	static const enum event_who who[STANDINGS] = {
		[WAITING] = WHO_WAITING,
		[PARTICIPANT] = WHO_PARTICIPANT,
		[HOST] = WHO_HOST,
	};

	if ((row->who & WHO_NEEDS_DATA) != 0 && a->session->no_data)
		return false;
	return (row->who & who[a->member->standing]) != 0;
}

/* The order of checks is the protocol's: known, permitted, affordable, well-formed, run. */
static enum problem
act_take(struct act *a, const char *text, size_t len)
{
	enum problem p = read_envelope(a, text, len);
	const struct event_row *row;

	if (a->event.at != NULL)
		a->kind = event_find(a->event);
	if (p != PROBLEM_NONE)
		return p;
	if (a->kind == EVENTS)
		return PROBLEM_UNKNOWN_EVENT;
	row = &event_table[a->kind];
	if (!is_permitted(a, row))
		return PROBLEM_FORBIDDEN;
	if (row->chat > 0 && !chat_is_affordable(a))
		return PROBLEM_SLOW_DOWN;
	if (body_check(row->body, a->payload, a->why, sizeof(a->why)) != 0)
		return PROBLEM_BAD_PAYLOAD;
	p = runs[a->kind](a);
	if (p == PROBLEM_NONE && row->chat > 0)
		chat_charge(a);
	return p;
}

static void
put_id(struct buf *b, struct json_span id)
{
	if (id.at == NULL)
		return;
	buf_str(b, ",\"id\":");
	buf_add(b, id.at, id.len);
}

/* Says which event it was about, in the client's spelling, unless that is absurdly long. */
static void
put_event_name(struct buf *b, struct json_span event)
{
	enum { NAME_LEN_MAX = 64 };

	if (event.at != NULL && json_type(event) == JSON_STRING && event.len <= NAME_LEN_MAX)
		buf_add(b, event.at, event.len);
	else
		buf_str(b, "null");
}

static void
put_error(struct buf *b, const struct act *a, enum problem p)
{
	const struct problem_row *row = &problem_table[p];
	const char *text = *a->why != '\0' ? a->why : row->help;

	buf_fmt(b, "{\"event\":\"error\",\"payload\":{\"code\":\"%s\",\"message\":", row->word);
	buf_json(b, text, strlen(text));
	buf_str(b, ",\"event\":");
	put_event_name(b, a->event);
	if (p == PROBLEM_SLOW_DOWN)
		buf_fmt(b, ",\"retryAfterMs\":%" PRId64, a->retry_after);
	buf_char(b, '}');
	put_id(b, a->id);
	buf_char(b, '}');
}

static void
put_answer(struct buf *b, const struct act *a)
{
	if (a->answer == MESSAGES || (a->answer == MESSAGE_ACK && a->id.at == NULL))
		return;
	buf_fmt(b, "{\"event\":\"%s\",\"payload\":{", message_table[a->answer].name);
	if (a->seq != 0)
		buf_fmt(b, "\"seq\":%" PRIu64, a->seq);
	if (a->expires != 0)
		buf_fmt(b, "\"expires\":%" PRId64, a->expires);
	buf_fmt(b, "},\"ts\":%" PRId64, a->core->now);
	put_id(b, a->id);
	buf_char(b, '}');
}

/* What is said instead if the store fails. */
static void
put_other(const struct act *a)
{
	struct out *reply = out_last(a->core);
	struct buf *b = out_begin(a->core);

	reply->stored = true;
	reply->other = b->len;
	put_error(b, a, PROBLEM_UNAVAILABLE);
	reply->other_len = b->len - reply->other;
	if (buf_failed(b))
		abort();
}

void
act_reply(const struct act *a, uint64_t session, enum problem p)
{
	struct buf *b = out_begin(a->core);

	if (p != PROBLEM_NONE)
		put_error(b, a, p);
	else if (session_find(a->core, session) != NULL)
		put_answer(b, a); /* who did this to himself has had his bye */
	out_end(a->core, (struct out){ .kind = OUT_REPLY, .session = session, .number = a->number,
		.what = p != PROBLEM_NONE ? MESSAGE_ERROR : a->answer, .event = a->kind,
		.problem = p });
	if (a->stored)
		put_other(a);
}

enum event_kind
core_event(struct core *c, uint64_t session, uint64_t number, const char *text, size_t len,
    int64_t now, struct outbox *out)
{
	struct session *s = session_find(c, session);
	struct act a = { .core = c, .session = s, .kind = EVENTS, .number = number,
		.answer = MESSAGE_ACK };
	enum problem p = PROBLEM_NONE;

	core_enter(c, now, out);
	if (s != NULL && number > s->taken) {
		s->taken = number;
		session_touch(s);
		a.member = s->member;
		a.room = s->member->room;
		p = act_take(&a, text, len);
	} else {
		a.answer = MESSAGES;
	}
	if (!a.later)
		act_reply(&a, session, p);
	return a.kind;
}
