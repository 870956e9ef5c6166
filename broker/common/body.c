/* body – the little language of payloads. See include/body.h. */
#include "body.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"

/* One `field:type!` of a body. */
struct field_rule {
	char name[32];
	char type[128];
	bool required;
};

/* Takes the next rule off the body; false at its end. */
static bool
rule_next(const char **body, struct field_rule *r)
{
	const char *colon, *end;

	*body += strspn(*body, " [");
	end = *body + strcspn(*body, " ");
	colon = memchr(*body, ':', (size_t)(end - *body));
	if (colon == NULL)
		return false; /* nothing more, or `...` */
	if (*end == '\0' && end[-1] == ']' && end[-2] != '[')
		end--; /* the bracket that closes the body */
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
	char word[32], list[128], *rest = list, *one;

	if (json_type(v) != JSON_STRING || json_string_copy(v, word, sizeof(word)) < 0)
		return false;
	snprintf(list, sizeof(list), "%s", words);
	while ((one = strsep(&rest, "(|)")) != NULL)
		if (*one != '\0' && strcmp(one, word) == 0)
			return true;
	return false;
}

static bool
fits_client(struct json_span v, const char *range)
{
	char why[64];

	(void)range;
	return body_check_exactly("clientId:id! displayName:text(1-100)!", v, why, sizeof(why)) ==
	    0;
}

typedef bool fits(struct json_span v, const char *range);

static const struct {
	const char *name;
	fits *fits;
} types[] = {
	{ "any", fits_any },
	{ "bool", fits_bool },
	{ "object", fits_object },
	{ "id", fits_id },
	{ "text", fits_text },
	{ "int", fits_int },
	{ "word", fits_word },
	{ "client", fits_client },
};

static bool
each_fits(fits *one, struct json_span array, const char *range)
{
	struct json_span name, element;

	if (json_type(array) != JSON_ARRAY)
		return false;
	for (const char *cursor = NULL; json_next(array, &cursor, &name, &element);)
		if (!one(element, range))
			return false;
	return true;
}

static bool
type_fits(const char *type, struct json_span v)
{
	size_t n = strcspn(type, "([");

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strlen(types[i].name) != n || strncmp(types[i].name, type, n) != 0)
			continue;
		return strstr(type, "[]") != NULL ? each_fits(types[i].fits, v, type + n)
						  : types[i].fits(v, type + n);
	}
	return false;
}

/* NULL if it does, else what was expected. */
static const char *
rule_broken(const struct field_rule *r, struct json_span payload)
{
	struct json_span v;
	size_t n = json_count(payload, r->name, &v);

	if (n > 1)
		return "once";
	if (n == 0)
		return r->required ? r->type : NULL;
	if (!r->required && json_type(v) == JSON_NULL)
		return NULL;
	return type_fits(r->type, v) ? NULL : r->type;
}

int
body_check(const char *body, struct json_span payload, char *why, size_t size)
{
	struct field_rule r;
	const char *expected;

	if (json_type(payload) != JSON_OBJECT) {
		snprintf(why, size, "payload: expected an object");
		return -1;
	}
	while (rule_next(&body, &r)) {
		if ((expected = rule_broken(&r, payload)) == NULL)
			continue;
		snprintf(why, size, "%s: expected %s", r.name, expected);
		return -1;
	}
	return 0;
}

static bool
body_names(const char *body, struct json_span name)
{
	struct field_rule r;

	while (rule_next(&body, &r))
		if (json_string_is(name, r.name))
			return true;
	return false;
}

static int
check_object_exactly(const char *body, struct json_span payload, char *why, size_t size)
{
	struct json_span name, value;

	if (body_check(body, payload, why, size) != 0)
		return -1;
	if (strstr(body, "...") != NULL)
		return 0;
	for (const char *cursor = NULL; json_next(payload, &cursor, &name, &value);) {
		if (body_names(body, name))
			continue;
		snprintf(why, size, "%.*s: not expected", (int)name.len, name.at);
		return -1;
	}
	return 0;
}

int
body_check_exactly(const char *body, struct json_span payload, char *why, size_t size)
{
	struct json_span name, element;

	if (*body != '[')
		return check_object_exactly(body, payload, why, size);
	if (json_type(payload) != JSON_ARRAY) {
		snprintf(why, size, "payload: expected an array");
		return -1;
	}
	for (const char *cursor = NULL; json_next(payload, &cursor, &name, &element);)
		if (check_object_exactly(body, element, why, size) != 0)
			return -1;
	return 0;
}
