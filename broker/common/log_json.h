/* log_json – a log line as one JSON object, for machines that read logs.
 *
 * Made from the same words as the line for people: `key=value …` of the format become members, a
 * single integer a number, everything else a string; words without a key are the `message`. It is
 * the format that is taken apart, never what came of it, so that no value can pose as a key. An
 * object is printable ASCII and always complete: what has no room is cut, and `cut` says so. It
 * refuses to know where lines go. Implemented in log_json.c. Pure. */
#ifndef BECKON_LOG_JSON_H
#define BECKON_LOG_JSON_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* What every line has. Strings may hold any bytes. */
struct log_facts {
	int64_t at; /* ms since 1970 */
	const char *level, *program;
	long pid; /* 0: not known */
	const char *connection, *event;
	unsigned long dropped; /* lines before this one */
};

/* Writes the object, a line end and a NUL to cap bytes, at least LOG_JSON_MIN. Returns its length.
 * Of printf's conversions it knows %s, %.*s, %d and %u with l, ll or z, and %%; a key that is one
 * of the facts is written with `its_` in front. */
enum { LOG_JSON_MIN = 512 };
size_t log_json(char *to, size_t cap, const struct log_facts *f, const char *format, va_list args);

/* The same of a message of n bytes, or of none. */
size_t log_json_text(char *to, size_t cap, const struct log_facts *f, const char *message,
    size_t n);

#endif
