/* keep – what writing and reading the core's records share; for nobody else. See keep.c. */
#ifndef BECKON_KEEP_H
#define BECKON_KEEP_H

#include "bounds.h"
#include "room.h"

enum {
	REMOVED = 0x80, /* in a kind */
	RECORD_HEAD = 1 + sizeof(uint32_t),
};

#define KEEP_TIME_MAX (INT64_C(1) << 53) /* ms; JSON numbers end there too */

/* A record under way. The functions below do with a field the one or the other. */
struct keeper {
	struct core *core;
	struct buf *to; /* NULL: reading */
	const uint8_t *at;
	size_t left;
	bool failed; /* the record is too short, or says what cannot be */
};

/* A string of at most cap - 1 bytes; when writing, `text` is it. */
void keep_text(struct keeper *k, char *text, size_t cap);

/* A record begins, and ends after its fields. */
size_t keep_begin(struct buf *to, uint8_t kind);
void keep_end(struct buf *to, size_t begin);

/* By kind: all fields of one thing. When reading, it is found or made, and the change is NULL. */
extern void (*const keep_table[KEPTS])(struct keeper *, struct change *);

void change_unlist(struct changes *all, struct change *ch);

#endif
