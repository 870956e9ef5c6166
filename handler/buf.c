/* buf – see include/buf.h. */
#include "buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

enum { CAP_MIN = 64 };

void
buf_fini(struct buf *b)
{
	free(b->at);
	*b = (struct buf)BUF_INIT;
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

/* Doubling keeps the cost of n appends linear; 0 where the size cannot be said in a size_t. */
static size_t
cap_for(const struct buf *b, size_t n)
{
	size_t cap = b->cap < CAP_MIN ? CAP_MIN : b->cap;

	if (n > SIZE_MAX / 2 - b->len)
		return 0;
	while (cap < b->len + n)
		cap *= 2;
	return cap;
}

char *
buf_reserve(struct buf *b, size_t n)
{
	if (b->failed)
		return NULL;
	if (n > b->cap - b->len || b->at == NULL) {
		/* The first allocation is exact: many buffers are filled once. */
		size_t cap = b->at == NULL && n >= CAP_MIN ? n : cap_for(b, n);
		char *at = cap == 0 ? NULL : realloc(b->at, cap);

		if (at == NULL) {
			b->failed = true;
			return NULL;
		}
		b->at = at;
		b->cap = cap;
	}
	return b->at + b->len;
}

void
buf_add(struct buf *b, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	char *to = buf_reserve(b, n);
	if (to == NULL)
		return;
	memcpy(to, bytes, n);
	b->len += n;
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_int(struct buf *b, int64_t n)
{
	char digits[20]; /* of 2^63, and the sign */
	char *at = digits + sizeof digits;
	uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do
		*--at = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (n < 0)
		*--at = '-';
	buf_add(b, at, (size_t)(digits + sizeof digits - at));
}

void
buf_fmt(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	/* vsnprintf wants room for its NUL, which does not count. */
	char *to = n < 0 ? NULL : buf_reserve(b, (size_t)n + 1);
	if (to == NULL) {
		b->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(to, (size_t)n + 1, format, args);
	va_end(args);
	b->len += (size_t)n;
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void
add_escape(struct buf *b, uint32_t point)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	static const char hex[] = "0123456789abcdef";
	const char *found = point == 0 ? NULL : memchr(from, (int)point, sizeof from - 1);

	if (point < 0x80 && found != NULL) {
		char pair[2] = { '\\', to[found - from] };
		buf_add(b, pair, sizeof pair);
		return;
	}
	char unit[6] = { '\\', 'u', hex[point >> 12 & 15], hex[point >> 8 & 15],
		hex[point >> 4 & 15], hex[point & 15] };
	buf_add(b, unit, sizeof unit);
}

/* U+2028 and U+2029 end a line in JavaScript before 2019; DEL and the controls behind it make
 * terminals do things. */
static bool
must_escape(uint32_t point)
{
	return point < 0x20 || point == '"' || point == '\\' || (point >= 0x7f && point < 0xa0) ||
	    point == 0x2028 || point == 0x2029;
}

void
buf_json(struct buf *b, const char *utf8, size_t n)
{
	buf_char(b, '"');
	while (n > 0) {
		uint32_t point;
		size_t used = 0;

		while (used < n && is_plain((unsigned char)utf8[used]))
			used++;
		buf_add(b, utf8, used);
		utf8 += used;
		n -= used;
		if (n == 0)
			break;
		used = utf8_take(utf8, n, &point);
		if (point == UTF8_BAD)
			buf_str(b, "\xef\xbf\xbd");
		else if (must_escape(point))
			add_escape(b, point);
		else
			buf_add(b, utf8, used);
		utf8 += used;
		n -= used;
	}
	buf_char(b, '"');
}

void
buf_drop(struct buf *b, size_t n)
{
	assert(n <= b->len);
	b->len -= n;
	if (n > 0 && b->len > 0)
		memmove(b->at, b->at + n, b->len);
}

bool
buf_failed(const struct buf *b)
{
	return b->failed;
}
