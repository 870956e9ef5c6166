/* utf8 – see include/utf8.h. */
#include "utf8.h"

static const struct {
	uint8_t from, to;
	struct utf8_tail tail;
} leads[] = {
	/* clang-format off */
	{ 0xc2, 0xdf, { 1, 0x80, 0xbf } },
	{ 0xe0, 0xe0, { 2, 0xa0, 0xbf } },
	{ 0xe1, 0xec, { 2, 0x80, 0xbf } },
	{ 0xed, 0xed, { 2, 0x80, 0x9f } },
	{ 0xee, 0xef, { 2, 0x80, 0xbf } },
	{ 0xf0, 0xf0, { 3, 0x90, 0xbf } },
	{ 0xf1, 0xf3, { 3, 0x80, 0xbf } },
	{ 0xf4, 0xf4, { 3, 0x80, 0x8f } },
	/* clang-format on */
};

bool
utf8_lead(uint8_t byte, struct utf8_tail *tail)
{
	for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
		if (byte >= leads[i].from && byte <= leads[i].to) {
			*tail = leads[i].tail;
			return true;
		}
	}
	return false;
}

size_t
utf8_take(const char *at, size_t n, uint32_t *point)
{
	const uint8_t *byte = (const uint8_t *)at;
	struct utf8_tail tail;
	size_t used = 1;

	*point = byte[0];
	if (byte[0] < 0x80)
		return 1;
	*point = UTF8_BAD;
	if (!utf8_lead(byte[0], &tail))
		return 1;
	uint32_t value = byte[0] & (0x3f >> tail.left);
	for (; tail.left > 0; tail.left--, used++) {
		if (used == n || byte[used] < tail.low || byte[used] > tail.high)
			return used;
		value = value << 6 | (byte[used] & 0x3f);
		tail.low = UTF8_LOW;
		tail.high = UTF8_HIGH;
	}
	*point = value;
	return used;
}
