/* operator – what operators do to rooms and to people in them. Part of the room core, see core.h.
 *
 * It is what hosts do, and done by the same functions; but by nobody who is there. */
#include "room.h"

#include <string.h>

#include <utlist.h>

/* An order being carried out. */
struct work {
	const struct order *order;
	struct farewell farewell;
	struct operated *did;
};

static void
count(struct work *w, const struct member *m)
{
	w->did->people++;
	w->did->connections += (unsigned)member_connections(m);
}

static bool
dismiss(struct room *r, struct work *w, enum bye why)
{
	struct member *m = member_find(r, w->order->sub);

	if (m == NULL)
		return false;
	count(w, m);
	w->farewell.reason = bye_table[why].word;
	member_dismiss(m, why, &w->farewell);
	return true;
}

static bool
kick(struct room *r, struct work *w)
{
	return dismiss(r, w, BYE_KICKED);
}

static bool
put_out(struct room *r, struct work *w)
{
	dismiss(r, w, BYE_BANNED);
	return false; /* counted are bans */
}

static bool
announce(struct room *r, struct work *w)
{
	bool heard = false;
	struct buf *b;

	for (const struct member *m = r->members; m != NULL; m = m->hh.next) {
		if (!member_is_in_room(m))
			continue;
		count(w, m);
		heard = true;
	}
	if (!heard)
		return false;
	b = say(r->core, MESSAGE_ANNOUNCEMENT);
	buf_str(b, "\"message\":");
	json_compact(b, w->farewell.words);
	say_to_room(r, NULL);
	return true;
}

static bool
close_room(struct room *r, struct work *w)
{
	for (const struct member *m = r->members; m != NULL; m = m->hh.next)
		count(w, m);
	w->farewell.reason = bye_table[BYE_ROOM_CLOSED].word;
	room_dismiss(r, &w->farewell);
	return true;
}

/* Who waits and is meant, or NULL. Turning one away may make a host of another, so that each is
 * looked for anew. */
static struct member *
find_waiter(const struct room *r, const char *sub)
{
	struct member *m = *sub != '\0' ? member_find(r, sub) : r->members;

	while (m != NULL && member_is_in_room(m))
		m = *sub != '\0' ? NULL : m->hh.next;
	return m;
}

static bool
decide(struct room *r, struct work *w, void (*how)(struct member *, const struct member *))
{
	struct member *m;
	unsigned before = w->did->people;

	while ((m = find_waiter(r, w->order->sub)) != NULL) {
		count(w, m);
		how(m, NULL);
	}
	return w->did->people > before;
}

static bool
accept(struct room *r, struct work *w)
{
	return decide(r, w, lobby_let_in);
}

static bool
deny(struct room *r, struct work *w)
{
	return decide(r, w, lobby_turn_away);
}

/* What is done to each room that is meant, and tells whether it was done. */
static bool (*const each_room[OPERATIONS])(struct room *r, struct work *w) = {
	[OPERATE_KICK] = kick,
	[OPERATE_BAN] = put_out,
	[OPERATE_SAY] = announce,
	[OPERATE_CLOSE] = close_room,
	[OPERATE_ACCEPT] = accept,
	[OPERATE_DENY] = deny,
};

static void
do_to_rooms(struct core *c, struct work *w)
{
	bool (*run)(struct room *, struct work *) = each_room[w->order->what];
	struct room *r = room_by_key(c, w->order->room), *next;

	if (r != NULL)
		w->did->rooms += run(r, w);
	if (strcmp(w->order->room, CORE_EVERYWHERE) == 0)
		HASH_ITER(hh, c->rooms, r, next)
			w->did->rooms += run(r, w);
}

static void
carry_out(struct core *c, struct work *w)
{
	const struct order *o = w->order;

	if (o->what == OPERATE_UNBAN) {
		w->did->rooms = ban_lift(c, o->room, o->sub);
		return;
	}
	if (o->what == OPERATE_BAN) {
		ban_set(c, o->room, o->sub, o->until, "operator", w->farewell.words);
		w->did->rooms = 1;
	}
	do_to_rooms(c, w);
}

enum problem
core_operate(struct core *c, const struct order *o, int64_t now, struct operated *did,
    struct outbox *out)
{
	struct work w = { .order = o, .did = did };
	struct buf words = BUF_INIT;
	bool always = o->what == OPERATE_SAY && strcmp(o->room, CORE_EVERYWHERE) == 0;

	core_enter(c, now, out);
	*did = (struct operated){ 0 };
	if (*o->words != '\0') {
		buf_json(&words, o->words, strlen(o->words));
		if (buf_failed(&words))
			abort();
		w.farewell.words = json_root(words.at, words.len);
	}
	carry_out(c, &w);
	buf_fini(&words);
	return did->rooms > 0 || always ? PROBLEM_NONE : PROBLEM_NOT_FOUND;
}
