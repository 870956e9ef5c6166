/* buf – a growing run of bytes.
 *
 * For output that is put together piece by piece. It knows nothing of what it holds, but how to
 * append a JSON string. Allocation failure is remembered, not returned: append as you like, then
 * ask once with buf_failed. Implemented in handler/buf.c. Nothing here blocks. */
#ifndef BECKON_BUF_H
#define BECKON_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *at;	/* len bytes, not NUL-terminated; NULL while nothing was added */
	size_t len;
	size_t cap;
	bool failed;	/* an allocation failed; at/len hold what fitted before */
};

#define BUF_INIT { NULL, 0, 0, false }

/* Frees the bytes and leaves an empty buffer that may be used again. */
void buf_fini(struct buf *b);

/* Forgets the content and keeps the memory. */
void buf_reset(struct buf *b);

/* Makes room for n more bytes; returns where they go (then add to len), or NULL. */
char *buf_reserve(struct buf *b, size_t n);

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_int(struct buf *b, int64_t n);
void buf_fmt(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends n bytes of UTF-8 as a JSON string with its quotes: `"`, `\`, controls, DEL and U+2028/9
 * escaped; bytes that are not UTF-8 become U+FFFD (RFC 8259 §7, Unicode §3.9). */
void buf_json(struct buf *b, const char *utf8, size_t n);

/* Cuts the first n bytes off. */
void buf_drop(struct buf *b, size_t n);

bool buf_failed(const struct buf *b);

#endif
