/* What a client sends: put together from lines, found to be JSON, held against the table of
 * events. The first byte says in which pieces it arrives, which must not matter. */
#include "fuzz.h"

#include <cjson/cJSON.h>

#include "body.h"
#include "event.h"
#include "lines.h"

struct told {
	struct buf text; /* one line for each thing told */
	unsigned bad;
};

static void
compact_is_one_line_of_the_same(struct json_span message)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;

	json_compact(&once, message);
	must(json_valid(once.at, once.len));
	must(memchr(once.at, '\n', once.len) == NULL);
	json_compact(&twice, json_root(once.at, once.len));
	must(once.len == twice.len && memcmp(once.at, twice.at, once.len) == 0);
	buf_fini(&once);
	buf_fini(&twice);
}

/* A string goes to others as it was understood, not as it came. */
static void
string_survives(struct json_span string)
{
	struct buf again = BUF_INIT;
	char one[4096], other[4096];
	int n = json_string_copy(string, one, sizeof(one));

	if (n < 0)
		return;
	must(strlen(one) == (size_t)n && json_string_is(string, one));
	buf_json(&again, one, (size_t)n);
	must(json_valid(again.at, again.len));
	must(json_string_copy(json_root(again.at, again.len), other, sizeof(other)) == n);
	must(memcmp(one, other, (size_t)n) == 0);
	must(json_string_points(string) == json_string_points(json_root(again.at, again.len)));
	buf_fini(&again);
}

/* Another reader of JSON sees the same names and strings where ours sees one. */
static void
members_are_those_of_cjson(struct json_span object, const cJSON *other)
{
	struct json_span name, value;
	const cJSON *member = other->child;
	const char *cursor = NULL;

	for (; json_next(object, &cursor, &name, &value); member = member->next) {
		must(member != NULL && json_string_is(name, member->string));
		must((json_type(value) == JSON_STRING) == cJSON_IsString(member));
		must((json_type(value) == JSON_OBJECT) == cJSON_IsObject(member));
		if (json_type(value) == JSON_STRING) {
			must(json_string_is(value, member->valuestring));
			string_survives(value);
		} else if (json_type(value) == JSON_OBJECT) {
			members_are_those_of_cjson(value, member);
		}
	}
	must(member == NULL);
}

static void
look_at_message(struct json_span message)
{
	cJSON *other = cJSON_ParseWithLength(message.at, message.len);
	struct json_span event, payload;
	char why[128];

	must(message.len <= MESSAGE_MAX && json_valid(message.at, message.len));
	must(json_type(message) == JSON_OBJECT && other != NULL);
	must(json_get(message, "event", &event) && json_type(event) == JSON_STRING);
	members_are_those_of_cjson(message, other);
	compact_is_one_line_of_the_same(message);
	if (json_get(message, "payload", &payload))
		for (enum event_kind k = 0; k < EVENTS; k++)
			body_check(event_table[k].body, payload, why, sizeof(why));
	event_find(event);
	cJSON_Delete(other);
}

static void
note(struct told *t, const struct line *line)
{
	if (line->kind == LINE_MESSAGE) {
		look_at_message(line->message);
		buf_add(&t->text, line->message.at, line->message.len);
	} else {
		must(line->problem != PROBLEM_NONE);
		buf_fmt(&t->text, "broken %d %s ", line->problem, line->why ? line->why : "");
		buf_add(&t->text, line->id.at, line->id.len);
	}
	buf_char(&t->text, '\n');
}

static void
feed(struct lines *l, const char *at, size_t len, struct told *t)
{
	struct line line;

	for (lines_next(l, &at, &len, &line); line.kind != LINE_NONE;
	     lines_next(l, &at, &len, &line)) {
		note(t, &line);
		t->bad = line.kind == LINE_BROKEN ? t->bad + 1 : 0;
		must(l->bad == t->bad);
	}
	must(len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct input in = { at, len };
	size_t step = input_byte(&in);
	struct told whole = { .text = BUF_INIT }, pieces = { .text = BUF_INIT };
	struct lines l;

	lines_init(&l);
	feed(&l, (const char *)in.at, in.left, &whole);
	lines_fini(&l);
	lines_init(&l);
	while (in.left > 0) {
		struct input piece = input_take(&in, step + 1);
		char *copy = malloc(piece.left); /* what lies behind a piece is none of its business */

		memcpy(copy, piece.at, piece.left);
		feed(&l, copy, piece.left, &pieces);
		free(copy);
	}
	lines_fini(&l);
	must(whole.text.len == pieces.text.len);
	must(whole.text.len == 0 || memcmp(whole.text.at, pieces.text.at, whole.text.len) == 0);
	buf_fini(&whole.text);
	buf_fini(&pieces.text);
	return 0;
}
