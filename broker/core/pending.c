/* pending – what was given to the store, until it says whether it keeps it. Part of the room core,
 * see room.h and core_stored.
 *
 * Changes of chat are remembered with what is needed to take them back, in reverse. What cannot be
 * taken back is owed to the store, and handed out again. */
#include "room.h"

#include <string.h>

#include <utlist.h>

#include "bounds.h"

struct pending {
	enum { CHAT_ADDED, CHAT_EDITED, CHAT_REMOVED, ROW } what;
	struct room *room; /* NULL with ROW */
	struct chat *chat; /* owned once it is REMOVED */
	char *content;	   /* EDITED: before */
	int64_t edited;
	struct out row;	   /* ROW: as it was handed out, with its body */
	char *body;
	struct pending *next, *prev;
};

static struct pending *
pending_open(struct core *c, struct room *r, struct chat *chat, int what)
{
	struct pending *p = alloc_bytes(sizeof(*p));

	p->what = what;
	p->room = r;
	p->chat = chat;
	DL_APPEND(c->pending, p);
	if (r != NULL)
		r->pending++;
	return p;
}

static void
pending_free(struct pending *p)
{
	if (p->what == CHAT_REMOVED && p->chat != NULL)
		chat_destroy(p->chat);
	free(p->content);
	free(p->body);
	free(p);
}

static void
pending_close(struct core *c, struct pending *p)
{
	DL_DELETE(c->pending, p);
	if (p->room != NULL)
		p->room->pending--;
	pending_free(p);
}

void
pending_added(struct room *r, struct chat *chat)
{
	pending_open(r->core, r, chat, CHAT_ADDED);
}

void
pending_edited(struct room *r, struct chat *chat)
{
	struct pending *p = pending_open(r->core, r, chat, CHAT_EDITED);

	p->content = chat->content;
	p->edited = chat->edited;
}

void
pending_removed(struct room *r, struct chat *chat)
{
	pending_open(r->core, r, chat, CHAT_REMOVED);
}

void
pending_row(struct core *c)
{
	const struct out *last = out_last(c);
	struct pending *p = pending_open(c, NULL, NULL, ROW);

	p->row = *last;
	p->body = alloc_text(c->out->bytes.at + last->at, last->len);
}

void
pending_drop(struct room *r)
{
	struct pending *p, *next;

	if (r->pending == 0)
		return;
	DL_FOREACH_SAFE(r->core->pending, p, next)
		if (p->room == r)
			pending_close(r->core, p);
}

/* Later changes of the same message were taken back before. */
static void
take_back(struct pending *p)
{
	switch (p->what) {
	case CHAT_ADDED:
		chat_refund(p->room, p->chat->sub);
		recents_take_back(p->room, p->chat);
		break;
	case CHAT_EDITED:
		free(p->chat->content);
		p->chat->content = p->content;
		p->chat->edited = p->edited;
		p->content = NULL;
		break;
	case CHAT_REMOVED:
		recents_put_back(p->room, p->chat);
		p->chat = NULL;
		break;
	case ROW:
		break;
	}
}

size_t
owed_count(const struct core *c)
{
	const struct pending *p;
	size_t n;

	DL_COUNT(c->owed, p, n);
	return n;
}

/* Adds to what is owed, and has it handed out again in a while. */
static void
owe(struct core *c, struct pending *rows)
{
	struct pending *oldest;

	if (rows == NULL)
		return;
	DL_CONCAT(c->owed, rows);
	for (size_t n = owed_count(c); n > OWED_MAX; n--) {
		oldest = c->owed;
		DL_DELETE(c->owed, oldest);
		pending_free(oldest);
	}
	timer_set(&c->timers, &c->retry, c->now + STORE_RETRY);
}

static void
owed_hand_out(struct core *c, struct pending *p)
{
	DL_DELETE(c->owed, p);
	buf_add(out_begin(c), p->body, p->row.len);
	out_end(c, p->row);
	pending_row(c);
	pending_free(p);
}

/* A room's name comes first in its rows, with its NUL. */
void
owed_settle(struct core *c, const char *room)
{
	struct pending *p, *next;

	DL_FOREACH_SAFE(c->owed, p, next)
		if (p->row.kind == OUT_STORE_FORGET && strcmp(p->body, room) == 0)
			owed_hand_out(c, p);
}

void
owed_supersede(struct core *c, const char *row, size_t len)
{
	struct pending *p, *next;

	DL_FOREACH_SAFE(c->owed, p, next) {
		if (p->row.len < len || memcmp(p->body, row, len) != 0)
			continue;
		DL_DELETE(c->owed, p);
		pending_free(p);
	}
}

void
owed_retry_due(struct timer *t)
{
	struct core *c = timer_owner(t, struct core, retry);

	while (c->owed != NULL)
		owed_hand_out(c, c->owed);
}

/* Nobody is told what is not stored. */
static void
unsay(struct outbox *out)
{
	for (size_t i = 0; i < out->count; i++) {
		struct out *o = &out->list[i];

		if (!o->stored)
			continue;
		if (o->kind == OUT_REPLY) {
			o->at = o->other;
			o->len = o->other_len;
			o->what = MESSAGE_ERROR;
			o->problem = PROBLEM_UNAVAILABLE;
		} else {
			o->kind = OUT_VOID;
			o->len = 0;
		}
	}
}

static void
take_all_back(struct core *c)
{
	struct pending *p, *rows = NULL;

	while (c->pending != NULL) {
		p = c->pending->prev; /* utlist: the head's prev is the tail */
		take_back(p);
		if (p->what == ROW) {
			DL_DELETE(c->pending, p);
			DL_PREPEND(rows, p);
		} else {
			pending_close(c, p);
		}
	}
	owe(c, rows);
}

void
core_stored(struct core *c, bool kept, int64_t now, struct outbox *out)
{
	core_enter(c, now, out);
	if (!kept) {
		unsay(out);
		take_all_back(c);
	}
	while (c->pending != NULL)
		pending_close(c, c->pending);
}

void
pending_fini(struct core *c)
{
	struct pending *p, *next;

	DL_FOREACH_SAFE(c->pending, p, next)
		pending_free(p);
	DL_FOREACH_SAFE(c->owed, p, next)
		pending_free(p);
	timer_clear(&c->timers, &c->retry);
}
