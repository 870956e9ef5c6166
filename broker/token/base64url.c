/* base64url – six bits a character. */
#include "base64url.h"

#include <stdint.h>

/* The value of one character, or -1. */
static int
value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

ssize_t
base64url_decode(void *to, const char *text, size_t n)
{
	unsigned char *out = to;
	uint32_t bits = 0;
	int count = 0; /* of bits not yet handed out */

	for (size_t i = 0; i < n; i++) {
		int v = value(text[i]);

		if (v < 0)
			return -1;
		bits = bits << 6 | (uint32_t)v;
		count += 6;
		if (count >= 8) {
			count -= 8;
			*out++ = (unsigned char)(bits >> count);
			bits &= (1u << count) - 1;
		}
	}
	if (count >= 6 || bits != 0)
		return -1;
	return out - (unsigned char *)to;
}
