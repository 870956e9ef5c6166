/* event – the protocol's table, and the little language of its bodies. See include/event.h. */
#include "event.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"

const struct event_row event_table[EVENTS] = {
#define EVENT(symbol, name, alias, who, cost, chat, body, run, help)                               \
	[EVENT_##symbol] = { name, alias, who, cost, chat, body, help },
#include "event.def"
#undef EVENT
};

enum event_kind
event_find(struct json_span name)
{
	enum event_kind k = 0;

	for (; k < EVENTS; k++) {
		const struct event_row *row = &event_table[k];

		if (json_string_is(name, row->name) ||
		    (row->alias != NULL && json_string_is(name, row->alias)))
			break;
	}
	return k;
}

/* One `field:type!` of a body. */
struct field_rule {
	char name[32];
	char type[64];
	bool required;
};

/* Takes the next rule off the body; false at its end. */
static bool
rule_next(const char **body, struct field_rule *r)
{
	const char *colon, *end;

	*body += strspn(*body, " ");
	if (**body == '\0')
		return false;
	end = *body + strcspn(*body, " ");
	colon = memchr(*body, ':', (size_t)(end - *body));
	snprintf(r->name, sizeof(r->name), "%.*s", (int)(colon - *body), *body);
	r->required = end[-1] == '!';
	snprintf(r->type, sizeof(r->type), "%.*s", (int)(end - r->required - colon - 1), colon + 1);
	*body = end;
	return true;
}

static bool
is_within(int64_t n, const char *range)
{
	int64_t min, max;

	return sscanf(range, "(%" SCNd64 "-%" SCNd64 ")", &min, &max) == 2 && min <= n && n <= max;
}

static bool
fits_any(struct json_span v, const char *range)
{
	(void)v;
	(void)range;
	return true;
}

static bool
fits_bool(struct json_span v, const char *range)
{
	(void)range;
	return json_type(v) == JSON_BOOL;
}

static bool
fits_object(struct json_span v, const char *range)
{
	(void)range;
	return json_type(v) == JSON_OBJECT;
}

static bool
fits_id(struct json_span v, const char *range)
{
	char id[SUB_MAX + 1];

	(void)range;
	return json_type(v) == JSON_STRING && json_string_copy(v, id, sizeof(id)) > 0;
}

static bool
fits_text(struct json_span v, const char *range)
{
	return json_type(v) == JSON_STRING && is_within((int64_t)json_string_points(v), range);
}

static bool
fits_int(struct json_span v, const char *range)
{
	int64_t n;

	return json_type(v) == JSON_NUMBER && json_int(v, &n) == 0 && is_within(n, range);
}

static bool
fits_word(struct json_span v, const char *words)
{
	char word[32], list[64], *rest = list, *one;

	if (json_type(v) != JSON_STRING || json_string_copy(v, word, sizeof(word)) < 0)
		return false;
	snprintf(list, sizeof(list), "%s", words);
	while ((one = strsep(&rest, "(|)")) != NULL)
		if (*one != '\0' && strcmp(one, word) == 0)
			return true;
	return false;
}

static const struct {
	const char *name;
	bool (*fits)(struct json_span v, const char *range);
} types[] = {
	{ "any", fits_any },
	{ "bool", fits_bool },
	{ "object", fits_object },
	{ "id", fits_id },
	{ "text", fits_text },
	{ "int", fits_int },
	{ "word", fits_word },
};

static bool
type_fits(const char *type, struct json_span v)
{
	size_t n = strcspn(type, "(");

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i].name) == n && strncmp(types[i].name, type, n) == 0)
			return types[i].fits(v, type + n);
	return false;
}

static bool
rule_holds(const struct field_rule *r, struct json_span payload)
{
	struct json_span v;

	if (!json_get(payload, r->name, &v))
		return !r->required;
	if (!r->required && json_type(v) == JSON_NULL)
		return true;
	return type_fits(r->type, v);
}

int
event_body_check(const char *body, struct json_span payload, char *why, size_t size)
{
	struct field_rule r;

	if (json_type(payload) != JSON_OBJECT) {
		snprintf(why, size, "payload: expected an object");
		return -1;
	}
	while (rule_next(&body, &r)) {
		if (rule_holds(&r, payload))
			continue;
		snprintf(why, size, "%s: expected %s", r.name, r.type);
		return -1;
	}
	return 0;
}

static void
describe_who(struct buf *to, enum event_who who)
{
	static const struct {
		enum event_who bit;
		char letter;
	} letters[] = { { WHO_WAITING, 'W' }, { WHO_PARTICIPANT, 'P' }, { WHO_HOST, 'H' } };

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if ((who & letters[i].bit) != 0)
			buf_char(to, letters[i].letter);
}

void
event_describe(struct buf *to)
{
	buf_str(to, "event\talias\twho\tcost\tbody\thelp\n");
	for (enum event_kind k = 0; k < EVENTS; k++) {
		const struct event_row *row = &event_table[k];

		buf_fmt(to, "%s\t%s\t", row->name, row->alias != NULL ? row->alias : "-");
		describe_who(to, row->who);
		buf_fmt(to, "\t%d\t%s\t%s\n", row->cost, *row->body != '\0' ? row->body : "-",
		    row->help);
	}
}
