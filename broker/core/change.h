/* change – what has changed since it was last kept.
 *
 * A change lies inside what it is about, and is in the list once, however often that changes; what
 * is removed leaves the list, and a note of its own. It refuses to know what is kept, and where.
 * Part of the room core; implemented in change.c. */
#ifndef BECKON_CHANGE_H
#define BECKON_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

enum keep_kind { KEPT_CORE = 1, KEPT_ROOM, KEPT_MEMBER, KEPT_SESSION, KEPT_RECORD, KEPTS };

struct change {
	bool listed;
	enum keep_kind kind;
	struct change *next, *prev;
};

struct changes {
	struct change *list;
	struct buf removed; /* records of that */
};

void change_note(struct changes *all, struct change *ch, enum keep_kind kind);

/* What this was about is about to be freed. key, sub: what it is found by; sub may be NULL. */
void change_remove(struct changes *all, struct change *ch, enum keep_kind kind, const char *key,
    const char *sub);

void changes_fini(struct changes *all);

#endif
