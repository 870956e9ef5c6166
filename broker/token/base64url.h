/* base64url – the encoding of tokens and JWKs, read strictly (RFC 4648 §5, RFC 7515 §2).
 *
 * No padding, no white space, no bits set beyond the last byte: one value has one spelling, so two
 * readers cannot differ about it. Implemented in broker/base64url.c. Pure. */
#ifndef BECKON_BASE64URL_H
#define BECKON_BASE64URL_H

#include <stddef.h>
#include <sys/types.h>

/* Decodes n characters into `to`, which needs n * 3 / 4 bytes. Returns the length; -1 where the
 * text is not strictly base64url. */
ssize_t base64url_decode(void *to, const char *text, size_t n);

#endif
