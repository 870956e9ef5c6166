/* log_json – see log_json.h. */
#include "log_json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "bounds.h"
#include "utf8.h"

enum { RESERVE = 80 }; /* bytes, for how the longest object ends */

struct object {
	char *to;
	size_t len, cap;
	bool cut;
	va_list args; /* of the format */
};

static bool
put(struct object *o, const char *bytes, size_t n)
{
	if (o->cut || o->len + n + RESERVE > o->cap) {
		o->cut = true;
		return false;
	}
	memcpy(o->to + o->len, bytes, n);
	o->len += n;
	return true;
}

static bool
put_str(struct object *o, const char *s)
{
	return put(o, s, strlen(s));
}

/* One character of a string (RFC 8259 §7), as ASCII: a terminal may show it, and wherever it is cut
 * it is no half of a character. */
static bool
put_point(struct object *o, uint32_t point)
{
	char text[16];
	int n;

	if (point == '"' || point == '\\')
		n = sprintf(text, "\\%c", (char)point);
	else if (point >= ' ' && point <= '~')
		n = sprintf(text, "%c", (char)point);
	else if (point == UTF8_BAD || point == 0) /* which few programs can read */
		n = sprintf(text, "\\ufffd");
	else if (point < 0x10000)
		n = sprintf(text, "\\u%04x", (unsigned)point);
	else
		n = sprintf(text, "\\u%04x\\u%04x", 0xd800 + (unsigned)((point - 0x10000) >> 10),
		    0xdc00 + (unsigned)((point - 0x10000) & 0x3ff));
	return put(o, text, (size_t)n);
}

static void
put_text(struct object *o, const char *at, size_t n)
{
	uint32_t point;
	size_t used;

	for (; n > 0; at += used, n -= used) {
		used = utf8_take(at, n, &point);
		if (!put_point(o, point))
			return;
	}
}

/* What was cut says so, and is a string all the same: there is room for these. */
static void
end_string(struct object *o)
{
	const char *end = o->cut ? "...\"" : "\"";

	memcpy(o->to + o->len, end, strlen(end));
	o->len += strlen(end);
}

/* A key and what opens its value, as a whole or not at all. */
static bool
put_key(struct object *o, const char *name, size_t n, const char *opening)
{
	static const char *const facts[] = { "time", "level", "program", "pid", "connection",
		"event", "dropped", "cut" };
	char text[64];
	const char *its = "";

	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		if (o->len > 1 && strlen(facts[i]) == n && memcmp(facts[i], name, n) == 0)
			its = "its_";
	snprintf(text, sizeof(text), ",\"%s%.*s\":%s", its, (int)n, name, opening);
	return put_str(o, text);
}

static void
put_string(struct object *o, const char *name, const char *at, size_t n)
{
	char key[40];

	snprintf(key, sizeof(key), ",\"%s\":\"", name);
	if (!put_str(o, key))
		return;
	put_text(o, at, n);
	end_string(o);
}

/* Not strftime's: that would read the zone's file, in a cage where there is none. Years are counted
 * from March, so that the day that comes and goes is their last. */
static void
put_time(struct object *o, int64_t at)
{
	int64_t days = at / 86400000, ms = at % 86400000;
	int64_t era = (days + 719468) / 146097, day = (days + 719468) % 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	char text[64];
	int64_t month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153; /* 0: March */
	day -= (153 * month + 2) / 5;
	month = month < 10 ? month + 3 : month - 9;
	year += era * 400 + (month <= 2);
	snprintf(text, sizeof(text),
	    "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", (int)year, (int)month,
	    (int)day + 1, (int)(ms / 3600000), (int)(ms / 60000 % 60), (int)(ms / 1000 % 60),
	    (int)(ms % 1000));
	put_str(o, text);
}

static void
put_facts(struct object *o, const struct log_facts *f)
{
	char number[32] = ",\"pid\":null";

	put_time(o, f->at > 0 ? f->at : 0);
	put_string(o, "level", f->level, strnlen(f->level, 16));
	put_string(o, "program", f->program, strnlen(f->program, 32));
	if (f->pid > 0)
		snprintf(number, sizeof(number), ",\"pid\":%ld", f->pid);
	put_str(o, number);
	put_string(o, "connection", f->connection, strnlen(f->connection, CONNECTION_ID_MAX));
	put_string(o, "event", f->event, strnlen(f->event, 32));
}

static size_t
end_object(struct object *o, unsigned long dropped)
{
	char *end = o->to + o->len;

	end += sprintf(end, "%s", o->cut ? ",\"cut\":true" : "");
	if (dropped > 0)
		end += sprintf(end, ",\"dropped\":%lu", dropped);
	end += sprintf(end, "}\n");
	return (size_t)(end - o->to);
}

/* ---- formats ---- */

/* A conversion (at the percent sign), with its length. */
struct conversion {
	char kind;	/* s, d, u, or % */
	bool precise;	/* .* */
	int size;	/* of l, ll and z: 1, 2, 3 */
	size_t n;
};

static struct conversion
read_conversion(const char *at)
{
	struct conversion c = { 0 };
	const char *p = at + 1;

	if (strncmp(p, ".*", 2) == 0) {
		c.precise = true;
		p += 2;
	}
	for (; *p == 'l'; p++)
		c.size++;
	if (*p == 'z') {
		c.size = 3;
		p++;
	}
	c.kind = *p;
	c.n = (size_t)(p + (*p != '\0') - at);
	return c;
}

/* The next argument, in digits. */
static const char *
take_integer(struct object *o, struct conversion c, char text[24])
{
	if (c.kind == 'd')
		snprintf(text, 24, "%lld", c.size == 0 ? va_arg(o->args, int)
		    : c.size == 1 ? va_arg(o->args, long)
		    : c.size == 2 ? va_arg(o->args, long long) : va_arg(o->args, ssize_t));
	else
		snprintf(text, 24, "%llu", c.size == 0 ? va_arg(o->args, unsigned)
		    : c.size == 1 ? va_arg(o->args, unsigned long)
		    : c.size == 2 ? va_arg(o->args, unsigned long long) : va_arg(o->args, size_t));
	return text;
}

static void
put_conversion(struct object *o, struct conversion c)
{
	int most = c.kind == 's' && c.precise ? va_arg(o->args, int) : -1;
	char digits[24];
	const char *s;

	switch (c.kind) {
	case 's':
		s = va_arg(o->args, const char *);
		put_text(o, s, most >= 0 ? strnlen(s, (size_t)most) : strlen(s));
		break;
	case 'd':
	case 'u': put_str(o, take_integer(o, c, digits)); break;
	case '%': put_point(o, '%'); break;
	default: o->cut = true; /* nobody knows what the arguments behind it are */
	}
}

/* The value's format, n bytes, put together. */
static void
put_format(struct object *o, const char *at, size_t n)
{
	for (const char *end = at + n; at < end && !o->cut;) {
		struct conversion c = { .n = 1 };

		if (*at == '%') {
			c = read_conversion(at);
			put_conversion(o, c);
		} else {
			put_point(o, (unsigned char)*at);
		}
		at += c.n;
	}
}

/* How long a value's format is: up to a space that is not in quotes. */
static size_t
value_length(const char *at)
{
	bool quoted = false;
	size_t n = 0;

	for (; at[n] != '\0' && (quoted || at[n] != ' '); n++)
		quoted ^= at[n] == '"';
	return n;
}

static bool
is_number(const char *at, size_t n)
{
	struct conversion c = { 0 };

	if (n > 0 && *at == '%')
		c = read_conversion(at);
	return c.n == n && (c.kind == 'd' || c.kind == 'u');
}

/* Quotes around a value are for people. */
static void
put_value(struct object *o, const char *name, size_t name_n, const char *at, size_t n)
{
	char digits[24];

	if (is_number(at, n)) {
		put_key(o, name, name_n, take_integer(o, read_conversion(at), digits));
		return;
	}
	if (n >= 2 && at[0] == '"' && at[n - 1] == '"') {
		at++;
		n -= 2;
	}
	if (!put_key(o, name, name_n, "\""))
		return;
	put_format(o, at, n);
	end_string(o);
}

/* `name=`, and what follows. Other words are a message, up to the end. */
static const char *
put_member(struct object *o, const char *at)
{
	size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyz_"), value;

	if (n > 0 && at[n] == '=') {
		value = value_length(at + n + 1);
		put_value(o, at, n, at + n + 1, value);
		return at + n + 1 + value;
	}
	put_value(o, "message", strlen("message"), at, strlen(at));
	return at + strlen(at);
}

size_t
log_json(char *to, size_t cap, const struct log_facts *f, const char *format, va_list args)
{
	struct object o = { .to = to, .cap = cap };

	va_copy(o.args, args);
	put_facts(&o, f);
	while (*(format += strspn(format, " ")) != '\0' && !o.cut)
		format = put_member(&o, format);
	va_end(o.args);
	return end_object(&o, f->dropped);
}

size_t
log_json_text(char *to, size_t cap, const struct log_facts *f, const char *message, size_t n)
{
	struct object o = { .to = to, .cap = cap };

	put_facts(&o, f);
	if (n > 0)
		put_string(&o, "message", message, n);
	return end_object(&o, f->dropped);
}
