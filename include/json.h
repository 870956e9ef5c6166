/* json – strict JSON: a scanner that takes bytes as they come, and a reader of what it passed.
 *
 * The scanner says whether bytes are one complete JSON value (RFC 8259) in valid UTF-8, without
 * allocating; it is the first thing that touches a client's bytes, in the handler and again in the
 * broker. The reader works on text the scanner has accepted, by spans into that text: what a
 * client sent can be handed on byte for byte (nulls, huge numbers, unknown fields), which no
 * parse-and-print library does. It refuses to know events. Implemented in handler/json.c (scanner)
 * and handler/json_read.c (reader).
 *
 * Refused beyond RFC 8259: nesting deeper than JSON_DEPTH_MAX, lone surrogates, NUL in strings. */
#ifndef BECKON_JSON_H
#define BECKON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bounds.h"
#include "buf.h"

enum json_status {
	JSON_MORE, /* fine so far, not complete */
	JSON_DONE, /* a complete value; only white space may follow */
	JSON_BAD,  /* can never become JSON */
};

struct json_scanner {
	uint64_t objects; /* bit per level: 1 object, 0 array; JSON_DEPTH_MAX levels */
	uint16_t surrogate, unit;
	uint8_t depth, state, left, low, high;
	bool name; /* the string under way is a member's name */
	const char *why; /* after JSON_BAD: static text for people */
};

void json_scanner_init(struct json_scanner *s);

/* Takes bytes up to n or to the first bad one; *used (may be NULL) says how many were good. A
 * top-level number is JSON_MORE until white space ends it. Once BAD it stays BAD. */
enum json_status json_scan(struct json_scanner *s, const char *bytes, size_t n, size_t *used);

/* Is this exactly one value, white space around it allowed? */
bool json_valid(const char *bytes, size_t n);

enum json_type {
	JSON_NONE, JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT
};

/* A value inside accepted text, without white space around it. Borrowed from that text. */
struct json_span {
	const char *at;
	size_t len;
};

struct json_span json_root(const char *bytes, size_t n);
enum json_type json_type(struct json_span v);

/* Walks an object's members or (name untouched) an array's elements. Start with *cursor = NULL.
 * false at the end. The name span includes its quotes. */
bool json_next(struct json_span whole, const char **cursor, struct json_span *name,
    struct json_span *value);

/* The first member of this decoded name; false (and an empty span) where there is none. Names are
 * compared after decoding, so "\u0069d" is "id". */
bool json_get(struct json_span object, const char *name, struct json_span *value);

/* How many members have this name; *value is the first one's, as of json_get. Where it is more than
 * one, readers differ about which of them counts (RFC 8259 §4): what decides about something must
 * not be told twice. */
size_t json_count(struct json_span object, const char *name, struct json_span *value);

/* Does the string (or member name) span equal s after decoding? */
bool json_string_is(struct json_span string, const char *s);

/* Decodes a string into cap bytes with a NUL. Returns its length, or -1 if it does not fit. */
int json_string_copy(struct json_span string, char *to, size_t cap);

/* Its length in Unicode code points. */
size_t json_string_points(struct json_span string);

/* Not json_true: jansson, which libjwt loads, has a function of that name, and would get ours. */
bool json_is_true(struct json_span v);

/* An integer that fits, written without fraction or exponent. Returns 0, or -1. */
int json_int(struct json_span number, int64_t *value);

/* Appends the value without white space between tokens: one line, whatever came in. */
void json_compact(struct buf *to, struct json_span v);

#endif
