/* frame – see include/frame.h. */
#include "frame.h"

#include <assert.h>
#include <string.h>

static void
put16(uint8_t *to, uint16_t n)
{
	to[0] = (uint8_t)(n >> 8);
	to[1] = (uint8_t)n;
}

static void
put32(uint8_t *to, uint32_t n)
{
	put16(to, (uint16_t)(n >> 16));
	put16(to + 2, (uint16_t)n);
}

static void
put64(uint8_t *to, uint64_t n)
{
	put32(to, (uint32_t)(n >> 32));
	put32(to + 4, (uint32_t)n);
}

static uint16_t
get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t
get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static uint64_t
get64(const uint8_t *at)
{
	return (uint64_t)get32(at) << 32 | get32(at + 4);
}

size_t
frame_begin(struct buf *to, const struct frame *f)
{
	size_t begin = to->len;
	uint8_t head[FRAME_HEAD] = { FRAME_VERSION, (uint8_t)f->kind };

	put64(head + 8, f->session);
	put64(head + 16, f->seq);
	put64(head + 24, f->who);
	put64(head + 32, f->after);
	buf_add(to, head, sizeof head);
	return begin;
}

void
frame_end(struct buf *to, size_t begin)
{
	if (buf_failed(to)) /* what is there may be less than a header */
		return;
	assert(to->len - begin - FRAME_HEAD <= UINT32_MAX);
	put32((uint8_t *)to->at + begin + 4, (uint32_t)(to->len - begin - FRAME_HEAD));
}

void
frame_put(struct buf *to, const struct frame *f)
{
	size_t begin = frame_begin(to, f);

	buf_add(to, f->body, f->len);
	frame_end(to, begin);
}

int
frame_next(const uint8_t **at, size_t *len, struct frame *f)
{
	const uint8_t *head = *at;

	if (*len == 0)
		return 0;
	if (*len < FRAME_HEAD || head[0] != FRAME_VERSION || get16(head + 2) != 0)
		return -1;
	f->len = get32(head + 4);
	if (f->len > *len - FRAME_HEAD)
		return -1;
	f->kind = head[1];
	f->session = get64(head + 8);
	f->seq = get64(head + 16);
	f->who = get64(head + 24);
	f->after = get64(head + 32);
	f->body = head + FRAME_HEAD;
	*at += FRAME_HEAD + f->len;
	*len -= FRAME_HEAD + f->len;
	return 1;
}

size_t
frames_fit(const void *at, size_t len, size_t most)
{
	const uint8_t *next = at;
	size_t left = len, fit = 0;
	struct frame f;

	while (frame_next(&next, &left, &f) > 0) {
		if (fit > 0 && len - left > most)
			break;
		fit = len - left;
	}
	return fit;
}

void
field_put(struct buf *to, enum field tag, const char *bytes, size_t n)
{
	uint8_t head[4];

	assert(n <= UINT16_MAX);
	put16(head, (uint16_t)tag);
	put16(head + 2, (uint16_t)n);
	buf_add(to, head, sizeof head);
	buf_add(to, bytes, n);
}

void
field_str(struct buf *to, enum field tag, const char *s)
{
	field_put(to, tag, s, strlen(s));
}

int
fields_read(struct fields *f, const void *body, size_t len)
{
	const uint8_t *at = body;

	memset(f, 0, sizeof *f);
	while (len > 0) {
		size_t tag, n;

		if (len < 4)
			return -1;
		tag = get16(at);
		n = get16(at + 2);
		if (n > len - 4)
			return -1;
		if (tag > 0 && tag < FIELDS) {
			if (f->value[tag].at)
				return -1;
			f->value[tag].at = (const char *)at + 4;
			f->value[tag].len = n;
		}
		at += 4 + n;
		len -= 4 + n;
	}
	return 0;
}

int
field_copy(const struct fields *f, enum field tag, char *to, size_t cap)
{
	const char *at = f->value[tag].at;
	size_t len = f->value[tag].len;

	if (!at || len >= cap)
		return -1;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)at[i] < 0x20 || at[i] == 0x7f)
			return -1;
	memcpy(to, at, len);
	to[len] = '\0';
	return (int)len;
}
