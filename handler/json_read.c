/* json_read – the reader of include/json.h: spans of text that the scanner has accepted.
 *
 * It walks, it never judges: where accepted text cannot be wrong, nothing is asked twice. Ends are
 * still checked, so that text the scanner never saw gives nonsense, not a crash. */
#include "json.h"

#include <string.h>

#include "utf8.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static const char *
skip_space(const char *at, const char *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

/* Behind the closing quote of the string that begins at `at`. */
static const char *
string_end(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\' && at + 1 < end)
			at++;
	return at < end ? at + 1 : end;
}

static const char *
bracket_end(const char *at, const char *end)
{
	int depth = 0;

	while (at < end) {
		if (*at == '"') {
			at = string_end(at, end);
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		if ((*at == '}' || *at == ']') && --depth == 0)
			return at + 1;
		at++;
	}
	return end;
}

static const char *
scalar_end(const char *at, const char *end)
{
	while (at < end && !is_space(*at) && *at != ',' && *at != ']' && *at != '}')
		at++;
	return at;
}

static struct json_span
span_at(const char *at, const char *end)
{
	const char *behind = at;

	if (at < end && *at == '"')
		behind = string_end(at, end);
	else if (at < end && (*at == '{' || *at == '['))
		behind = bracket_end(at, end);
	else
		behind = scalar_end(at, end);
	return (struct json_span){ at, (size_t)(behind - at) };
}

struct json_span
json_root(const char *bytes, size_t n)
{
	return span_at(skip_space(bytes, bytes + n), bytes + n);
}

enum json_type
json_type(struct json_span v)
{
	if (v.len == 0)
		return JSON_NONE;
	switch (v.at[0]) {
	case '{': return JSON_OBJECT;
	case '[': return JSON_ARRAY;
	case '"': return JSON_STRING;
	case 't':
	case 'f': return JSON_BOOL;
	case 'n': return JSON_NULL;
	}
	return JSON_NUMBER;
}

bool
json_next(struct json_span whole, const char **cursor, struct json_span *name,
    struct json_span *value)
{
	enum json_type type = json_type(whole);
	const char *end = whole.at + whole.len, *at = *cursor;

	if (type != JSON_OBJECT && type != JSON_ARRAY)
		return false;
	at = skip_space(at == NULL ? whole.at + 1 : at, end);
	if (at < end && *at == ',')
		at = skip_space(at + 1, end);
	if (at >= end || *at == '}' || *at == ']')
		return false;
	if (type == JSON_OBJECT) {
		*name = span_at(at, end);
		at = skip_space(name->at + name->len, end);
		if (at < end && *at == ':')
			at = skip_space(at + 1, end);
	}
	*value = span_at(at, end);
	*cursor = value->at + value->len;
	return value->len > 0;
}

bool
json_get(struct json_span object, const char *name, struct json_span *value)
{
	const char *cursor = NULL;
	struct json_span key;

	while (json_type(object) == JSON_OBJECT && json_next(object, &cursor, &key, value))
		if (json_string_is(key, name))
			return true;
	*value = (struct json_span){ NULL, 0 };
	return false;
}

size_t
json_count(struct json_span object, const char *name, struct json_span *value)
{
	struct json_span key, one;
	const char *cursor = NULL;
	size_t n = 0;

	*value = (struct json_span){ NULL, 0 };
	while (json_type(object) == JSON_OBJECT && json_next(object, &cursor, &key, &one))
		if (json_string_is(key, name) && n++ == 0)
			*value = one;
	return n;
}

static uint32_t
hex4(const char *at)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++) {
		char c = at[i];
		unit = unit << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return unit;
}

/* Decodes what stands behind a backslash at `at`. Returns how many bytes that was. */
static size_t
take_escape(const char *at, size_t n, uint32_t *point)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *found = memchr(from, at[0], sizeof from - 1);

	*point = found != NULL ? (uint32_t)to[found - from] : (uint32_t)(unsigned char)at[0];
	if (at[0] != 'u' || n < 5)
		return 1;
	*point = hex4(at + 1);
	if ((*point & 0xfc00) != 0xd800 || n < 11)
		return 5;
	*point = 0x10000 + ((*point & 0x3ff) << 10) + (hex4(at + 7) & 0x3ff);
	return 11;
}

/* Takes the next character off (at, n), the text between the quotes. */
static uint32_t
take_point(const char **at, size_t *n)
{
	uint32_t point;
	size_t used;

	if (**at == '\\' && *n > 1)
		used = 1 + take_escape(*at + 1, *n - 1, &point);
	else
		used = utf8_take(*at, *n, &point);
	*at += used;
	*n -= used;
	return point;
}

static size_t
put_point(uint32_t point, char to[4])
{
	if (point < 0x80) {
		to[0] = (char)point;
		return 1;
	}
	size_t tail = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
	static const uint8_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };
	to[0] = (char)(lead[tail] | point >> 6 * tail);
	for (size_t i = 1; i <= tail; i++)
		to[i] = (char)(0x80 | (point >> 6 * (tail - i) & 0x3f));
	return tail + 1;
}

/* What is between the quotes. */
static const char *
content(struct json_span string, size_t *n)
{
	if (json_type(string) != JSON_STRING || string.len < 2) {
		*n = 0;
		return NULL;
	}
	*n = string.len - 2;
	return string.at + 1;
}

bool
json_string_is(struct json_span string, const char *s)
{
	size_t n, wanted = strlen(s);
	const char *at = content(string, &n);

	if (at == NULL)
		return false;
	if (memchr(at, '\\', n) == NULL)
		return n == wanted && memcmp(at, s, n) == 0;
	while (n > 0) {
		char bytes[4];
		size_t len = put_point(take_point(&at, &n), bytes);

		if (len > wanted || memcmp(bytes, s, len) != 0)
			return false;
		s += len;
		wanted -= len;
	}
	return wanted == 0;
}

int
json_string_copy(struct json_span string, char *to, size_t cap)
{
	size_t n, used = 0;
	const char *at = content(string, &n);

	if (at == NULL || cap == 0)
		return -1;
	while (n > 0) {
		char bytes[4];
		size_t len = put_point(take_point(&at, &n), bytes);

		if (len >= cap - used)
			return -1;
		memcpy(to + used, bytes, len);
		used += len;
	}
	to[used] = '\0';
	return (int)used;
}

size_t
json_string_points(struct json_span string)
{
	size_t n, points = 0;
	const char *at = content(string, &n);

	for (; n > 0; points++)
		take_point(&at, &n);
	return points;
}

bool
json_is_true(struct json_span v)
{
	return v.len == 4 && memcmp(v.at, "true", 4) == 0;
}

int
json_int(struct json_span number, int64_t *value)
{
	const char *at = number.at;
	size_t n = number.len;
	bool negative = n > 0 && at[0] == '-';
	uint64_t sum = 0, limit = (uint64_t)INT64_MAX + negative;

	if (negative) {
		at++;
		n--;
	}
	if (n == 0)
		return -1;
	for (; n > 0; at++, n--) {
		uint64_t digit = (uint64_t)(unsigned char)*at - '0';

		if (digit > 9 || sum > (limit - digit) / 10)
			return -1;
		sum = sum * 10 + digit;
	}
	*value = negative ? (int64_t)-sum : (int64_t)sum;
	return 0;
}

void
json_compact(struct buf *to, struct json_span v)
{
	const char *at = v.at, *end = v.at + v.len;

	while (at < end) {
		const char *run = at;

		while (at < end && !is_space(*at))
			at = *at == '"' ? string_end(at, end) : at + 1;
		buf_add(to, run, (size_t)(at - run));
		at = skip_space(at, end);
	}
}
