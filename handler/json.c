/* json – see include/json.h. The scanner; the reader is in json_read.c. */
#include "json.h"

#include <string.h>

#include "utf8.h"

enum state {
	VALUE,		/* a value must begin */
	FIRST_ELEMENT,	/* behind `[`: a value or `]` */
	FIRST_NAME,	/* behind `{`: a name or `}` */
	NAME,		/* behind `,` in an object */
	COLON,
	AFTER,		/* behind a value inside: `,` or the closing bracket */
	STRING,
	CHARACTER,	/* inside a character of several bytes: left, low, high */
	ESCAPE,		/* behind `\` */
	HEX,		/* \u: `left` digits of `unit` to come */
	LOW_BACKSLASH,	/* behind a high surrogate: `\` … */
	LOW_U,		/* … `u`, and HEX again */
	LITERAL,	/* `left`-th byte of the literal number `unit` */
	MINUS,
	ZERO,
	INTEGER,
	POINT,
	FRACTION,
	E,
	E_SIGN,
	EXPONENT,
	DONE,
	BROKEN,
};

static const char *const literals[] = { "true", "false", "null" };

void
json_scanner_init(struct json_scanner *s)
{
	*s = (struct json_scanner){ .state = VALUE };
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
refuse(struct json_scanner *s, const char *why)
{
	s->state = BROKEN;
	s->why = why;
	return false;
}

static bool
in_object(const struct json_scanner *s)
{
	return s->objects >> (s->depth - 1) & 1;
}

static bool
value_ends(struct json_scanner *s)
{
	s->state = s->depth == 0 ? DONE : AFTER;
	return true;
}

static bool
open_level(struct json_scanner *s, bool object)
{
	if (s->depth == JSON_DEPTH_MAX)
		return refuse(s, "nested too deep");
	s->objects &= ~(UINT64_C(1) << s->depth);
	s->objects |= (uint64_t)object << s->depth;
	s->depth++;
	s->state = object ? FIRST_NAME : FIRST_ELEMENT;
	return true;
}

static bool
close_level(struct json_scanner *s)
{
	s->depth--;
	return value_ends(s);
}

static bool
begin_string(struct json_scanner *s, bool name)
{
	s->name = name;
	s->state = STRING;
	return true;
}

static bool
begin_literal(struct json_scanner *s, uint16_t which)
{
	s->unit = which;
	s->left = 1;
	s->state = LITERAL;
	return true;
}

static bool
begin_value(struct json_scanner *s, char c)
{
	switch (c) {
	case '{': return open_level(s, true);
	case '[': return open_level(s, false);
	case '"': return begin_string(s, false);
	case 't': return begin_literal(s, 0);
	case 'f': return begin_literal(s, 1);
	case 'n': return begin_literal(s, 2);
	case '-': s->state = MINUS; return true;
	case '0': s->state = ZERO; return true;
	}
	if (!is_digit(c))
		return refuse(s, "a value was expected");
	s->state = INTEGER;
	return true;
}

/* Between tokens: c is no white space. */
static bool
take_structure(struct json_scanner *s, char c)
{
	switch (s->state) {
	case FIRST_ELEMENT:
		if (c == ']')
			return close_level(s);
		return begin_value(s, c);
	case VALUE:
		return begin_value(s, c);
	case FIRST_NAME:
		if (c == '}')
			return close_level(s);
		/* fall through */
	case NAME:
		return c == '"' ? begin_string(s, true) : refuse(s, "a name was expected");
	case COLON:
		if (c != ':')
			return refuse(s, "a colon was expected");
		s->state = VALUE;
		return true;
	case AFTER:
		if (c == (in_object(s) ? '}' : ']'))
			return close_level(s);
		if (c != ',')
			return refuse(s, "a comma or a closing bracket was expected");
		s->state = in_object(s) ? NAME : VALUE;
		return true;
	}
	return refuse(s, "something follows the value");
}

static bool
take_string(struct json_scanner *s, char c)
{
	struct utf8_tail tail;

	if (c == '"') {
		if (!s->name)
			return value_ends(s);
		s->state = COLON;
		return true;
	}
	if (c == '\\') {
		s->state = ESCAPE;
		return true;
	}
	if ((unsigned char)c < 0x20)
		return refuse(s, "a control character in a string");
	if ((unsigned char)c < 0x80)
		return true;
	if (!utf8_lead((uint8_t)c, &tail))
		return refuse(s, "not UTF-8");
	s->left = tail.left;
	s->low = tail.low;
	s->high = tail.high;
	s->state = CHARACTER;
	return true;
}

static bool
take_character(struct json_scanner *s, char c)
{
	uint8_t byte = (uint8_t)c;

	if (byte < s->low || byte > s->high)
		return refuse(s, "not UTF-8");
	s->low = UTF8_LOW;
	s->high = UTF8_HIGH;
	if (--s->left == 0)
		s->state = STRING;
	return true;
}

static bool
take_escape(struct json_scanner *s, char c)
{
	if (c == 'u') {
		s->unit = 0;
		s->left = 4;
		s->state = HEX;
		return true;
	}
	if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL)
		return refuse(s, "no such escape");
	s->state = STRING;
	return true;
}

static bool
take_unit(struct json_scanner *s)
{
	bool high = (s->unit & 0xfc00) == 0xd800, low = (s->unit & 0xfc00) == 0xdc00;

	if (low != (s->surrogate != 0))
		return refuse(s, "half of a surrogate pair");
	if (s->unit == 0)
		return refuse(s, "NUL in a string");
	s->surrogate = high ? s->unit : 0;
	s->state = high ? LOW_BACKSLASH : STRING;
	return true;
}

static bool
take_hex(struct json_scanner *s, char c)
{
	int digit = hex_value(c);

	if (digit < 0)
		return refuse(s, "four hexadecimal digits were expected");
	s->unit = (uint16_t)(s->unit << 4 | digit);
	return --s->left > 0 || take_unit(s);
}

static bool
take_low(struct json_scanner *s, char c)
{
	if (c != (s->state == LOW_BACKSLASH ? '\\' : 'u'))
		return refuse(s, "half of a surrogate pair");
	if (s->state == LOW_BACKSLASH) {
		s->state = LOW_U;
		return true;
	}
	return take_escape(s, 'u');
}

static bool
take_literal(struct json_scanner *s, char c)
{
	const char *word = literals[s->unit];

	if (c != word[s->left])
		return refuse(s, "a value was expected");
	if (word[++s->left] == '\0')
		return value_ends(s);
	return true;
}

/* The grammar of numbers (RFC 8259 §6), one row per state: where a digit, a point, an `e` and a
 * sign lead; BROKEN where they may not stand; `ends` where the number may end before this byte. */
static const struct {
	uint8_t digit, point, e, sign;
	bool ends;
} numbers[] = {
	/* clang-format off */
	/*              digit     point   e       sign   ends */
	[MINUS]    = { INTEGER,  BROKEN, BROKEN, BROKEN, false },
	[ZERO]     = { BROKEN,   POINT,  E,      BROKEN, true },
	[INTEGER]  = { INTEGER,  POINT,  E,      BROKEN, true },
	[POINT]    = { FRACTION, BROKEN, BROKEN, BROKEN, false },
	[FRACTION] = { FRACTION, BROKEN, E,      BROKEN, true },
	[E]        = { EXPONENT, BROKEN, BROKEN, E_SIGN, false },
	[E_SIGN]   = { EXPONENT, BROKEN, BROKEN, BROKEN, false },
	[EXPONENT] = { EXPONENT, BROKEN, BROKEN, BROKEN, true },
	/* clang-format on */
};

static bool take(struct json_scanner *s, char c);

static bool
take_number(struct json_scanner *s, char c)
{
	uint8_t next = BROKEN;

	if (c == '0' && s->state == MINUS)
		next = ZERO;
	else if (is_digit(c))
		next = numbers[s->state].digit;
	else if (c == '.')
		next = numbers[s->state].point;
	else if (c == 'e' || c == 'E')
		next = numbers[s->state].e;
	else if (c == '+' || c == '-')
		next = numbers[s->state].sign;
	else if (numbers[s->state].ends)
		return value_ends(s) && take(s, c);
	if (next == BROKEN)
		return refuse(s, "not a number");
	s->state = next;
	return true;
}

/* false when c cannot stand here. */
static bool
take(struct json_scanner *s, char c)
{
	switch (s->state) {
	case STRING: return take_string(s, c);
	case CHARACTER: return take_character(s, c);
	case ESCAPE: return take_escape(s, c);
	case HEX: return take_hex(s, c);
	case LOW_BACKSLASH:
	case LOW_U: return take_low(s, c);
	case LITERAL: return take_literal(s, c);
	case BROKEN: return false;
	}
	if (s->state >= MINUS && s->state <= EXPONENT)
		return take_number(s, c);
	return is_space(c) || take_structure(s, c);
}

/* Most bytes of most messages are plain text in a string: no state changes there. */
static size_t
plain_run(const char *bytes, size_t n)
{
	size_t i = 0;

	for (; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
			break;
	}
	return i;
}

enum json_status
json_scan(struct json_scanner *s, const char *bytes, size_t n, size_t *used)
{
	size_t i = 0;

	while (i < n) {
		if (s->state == STRING)
			i += plain_run(bytes + i, n - i);
		if (i == n || !take(s, bytes[i]))
			break;
		i++;
	}
	if (used != NULL)
		*used = i;
	if (s->state == BROKEN)
		return JSON_BAD;
	return s->state == DONE ? JSON_DONE : JSON_MORE;
}

bool
json_valid(const char *bytes, size_t n)
{
	struct json_scanner s;

	json_scanner_init(&s);
	if (json_scan(&s, bytes, n, NULL) == JSON_BAD)
		return false;
	/* A number ends where something else begins. */
	return json_scan(&s, "\n", 1, NULL) == JSON_DONE;
}
