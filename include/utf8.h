/* utf8 – which bytes may follow which in UTF-8 (RFC 3629 §4, Unicode §3.9 table 3-7).
 *
 * Overlong forms, surrogates and points past U+10FFFF are no UTF-8. For the modules that look at
 * text; implemented in handler/utf8.c. Pure. */
#ifndef BECKON_UTF8_H
#define BECKON_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* After a lead byte: `left` more bytes, the first of them from `low` to `high`, further ones from
 * UTF8_LOW to UTF8_HIGH. */
struct utf8_tail {
	uint8_t left, low, high;
};

enum { UTF8_LOW = 0x80, UTF8_HIGH = 0xbf };

/* false where no character begins with this byte. Not for ASCII. */
bool utf8_lead(uint8_t byte, struct utf8_tail *tail);

/* Decodes the character at `at` (n > 0 bytes). Returns how many bytes it has. Where there is none,
 * *point is UTF8_BAD and the result the length of what one U+FFFD stands for. */
#define UTF8_BAD UINT32_MAX
size_t utf8_take(const char *at, size_t n, uint32_t *point);

#endif
