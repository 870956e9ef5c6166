/* dialect – how one kind of server is spoken to: where to connect, when one is in, how to say
 * something to a room or to one person in it.
 *
 * What is measured is the same for all: a text with a mark in it, told to the others. Implemented in
 * dialect.c, as a table. Pure. */
#ifndef BENCH_DIALECT_H
#define BENCH_DIALECT_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* Whom a message reaches that is meant for the room. */
enum reach {
	REACH_OTHERS, /* in one message of ours */
	REACH_EACH,   /* only by one message of ours for each of them */
	REACH_SELF,   /* a server that echoes */
};

struct person {
	unsigned number, room; /* unique in this run */
	const char *token;     /* a JWT for `p<number>`; "" where none is wanted */
	const char *caps;      /* what to ask the server for, or "" */
};

struct dialect {
	const char *name;
	enum reach reach;
	bool directed; /* it can tell one person something */
	bool wants_token;
	void (*target)(struct buf *to, const struct person *p);

	/* NULL: by the upgrade. What to say to it then, if it is something. */
	const char *welcome; /* a text that the first message which lets one in begins with or has */
	void (*greet)(struct buf *to, const struct person *p);

	/* The message: to everybody, or to `p<target>`. */
	void (*say)(struct buf *to, const struct person *p, const char *text, size_t len);
	void (*tell)(struct buf *to, unsigned target, const char *text, size_t len);

	const char *ping, *pong; /* a message of the server that wants this answer */
};

/* NULL: there is no such dialect. */
const struct dialect *dialect_find(const char *name);

#endif
