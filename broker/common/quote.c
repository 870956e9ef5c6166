/* quote – escaping and cutting. */
#include "quote.h"

#include <string.h>

/* Writes the printable form of one byte (at most 4) and returns its length. */
static size_t
escape(char to[4], unsigned char c)
{
	static const char digits[] = "0123456789abcdef";

	if (c == '\\') {
		memcpy(to, "\\\\", 2);
		return 2;
	}
	if (c >= 0x20 && c < 0x7f) {
		to[0] = (char)c;
		return 1;
	}
	to[0] = '\\';
	to[1] = 'x';
	to[2] = digits[c >> 4];
	to[3] = digits[c & 15];
	return 4;
}

size_t
quote_bytes(char *to, size_t cap, const char *text, size_t n)
{
	static const char cut[] = "...";
	size_t len = 0, safe = 0; /* safe: how much may stay if the rest has to be cut */

	if (cap == 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		char piece[4];
		size_t m = escape(piece, (unsigned char)text[i]);

		if (len + m + 1 > cap) {
			len = safe;
			for (size_t j = 0; cut[j] && len + 1 < cap; j++)
				to[len++] = cut[j];
			break;
		}
		memcpy(to + len, piece, m);
		len += m;
		if (len + sizeof(cut) <= cap)
			safe = len;
	}
	to[len] = '\0';
	return len;
}

const char *
quote(char *to, size_t cap, const char *text)
{
	quote_bytes(to, cap, text, strlen(text));
	return to;
}
