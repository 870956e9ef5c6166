/* keep_read – the core's records read back. Part of the room core, see keep.c and core.h. */
#include "keep.h"

#include <string.h>

#include <utlist.h>

/* What was removed may never have been kept: made and gone between two times. */

static void
remove_room(struct keeper *k)
{
	char key[ROOM_KEY_MAX + 1];
	struct room *r;

	keep_text(k, key, sizeof(key));
	r = room_by_key(k->core, key);
	if (r != NULL && r->members == NULL)
		room_free(r);
}

static void
remove_member(struct keeper *k)
{
	char key[ROOM_KEY_MAX + 1], sub[SUB_MAX + 1];
	struct room *r;
	struct member *m;

	keep_text(k, key, sizeof(key));
	keep_text(k, sub, sizeof(sub));
	r = room_by_key(k->core, key);
	m = r != NULL ? member_find(r, sub) : NULL;
	if (m != NULL && m->sessions == NULL)
		member_remove(m);
}

static void
remove_session(struct keeper *k)
{
	char id[24];
	struct session *s;

	keep_text(k, id, sizeof(id));
	s = session_find(k->core, strtoull(id, NULL, 10));
	if (s != NULL)
		session_remove(s);
}

static void
remove_record(struct keeper *k)
{
	char key[RECORD_KEY_MAX + 1], *sub;

	keep_text(k, key, sizeof(key));
	sub = strchr(key, ' ');
	if (sub == NULL)
		return;
	*sub = '\0';
	record_forget(&k->core->records, key, sub + 1);
}

static void (*const remove_table[KEPTS])(struct keeper *) = {
	[KEPT_ROOM] = remove_room,
	[KEPT_MEMBER] = remove_member,
	[KEPT_SESSION] = remove_session,
	[KEPT_RECORD] = remove_record,
};

static void
read_one(struct keeper *k, uint8_t kind)
{
	enum keep_kind what = kind & ~REMOVED;

	if (what == 0 || what >= KEPTS)
		k->failed = true;
	else if ((kind & REMOVED) == 0)
		keep_table[what](k, NULL);
	else if (remove_table[what] != NULL)
		remove_table[what](k);
}

int
core_restore(struct core *c, const void *records, size_t len)
{
	const uint8_t *at = records;

	while (len > 0) {
		struct keeper k = { .core = c };
		uint32_t n;

		if (len < RECORD_HEAD)
			return -1;
		memcpy(&n, at + 1, sizeof(n));
		if (n > len - RECORD_HEAD)
			return -1;
		k.at = at + RECORD_HEAD;
		k.left = n;
		read_one(&k, *at);
		if (k.failed)
			return -1;
		at += RECORD_HEAD + n;
		len -= RECORD_HEAD + n;
	}
	return 0;
}

static int
by_order(const struct member *a, const struct member *b)
{
	return a->order < b->order ? -1 : a->order > b->order;
}

static int
by_hand(const struct member *a, const struct member *b)
{
	return a->hand < b->hand ? -1 : a->hand > b->hand;
}

static int
by_id(const struct session *a, const struct session *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

static void
settle_room(struct room *r)
{
	struct member *m;

	HASH_SRT(hh, r->members, by_order);
	for (m = r->members; m != NULL; m = m->hh.next) {
		DL_SORT(m->sessions, by_id);
		if (m->hand != 0)
			DL_APPEND2(r->hands, m, hand_prev, hand_next);
	}
	DL_SORT2(r->hands, by_hand, hand_prev, hand_next);
}

/* Whoever is there without a connection, or has a number that was never given, is of half a state.
 * So is a room that does not end though it is empty, or ends though it is not. */
static bool
member_is_whole(const struct member *m)
{
	const struct room *r = m->room;
	const struct session *s;

	DL_FOREACH(m->sessions, s)
		if (s->id == 0 || s->id > r->core->sessions_made)
			return false;
	return m->sessions != NULL && m->number > 0 && m->number <= r->members_made &&
	    m->order <= r->orders_made && m->hand <= r->orders_made;
}

static bool
room_is_whole(const struct room *r)
{
	if (r->id == 0 || r->id > r->core->rooms_made)
		return false;
	if (timer_is_set(&r->end) != (r->members == NULL))
		return false;
	if (r->leaver != NULL && r->members != NULL)
		return false;
	if (timer_is_set(&r->succession) != (r->members != NULL && r->count[HOST] == 0))
		return false;
	for (const struct member *m = r->members; m != NULL; m = m->hh.next)
		if (!member_is_whole(m))
			return false;
	return true;
}

int
core_restored(struct core *c)
{
	struct change *ch, *next;
	int rc = 0;

	for (struct room *r = c->rooms; r != NULL; r = r->hh.next) {
		settle_room(r);
		if (!room_is_whole(r))
			rc = -1;
	}
	vacancies_sort(c);
	DL_FOREACH_SAFE(c->changes.list, ch, next)
		change_unlist(&c->changes, ch);
	buf_reset(&c->changes.removed);
	return rc;
}
