/* ring – see ring.h. */
#include "ring.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CAP_FIRST = 8 }; /* a call of two makes about this many messages */

struct ring_slot {
	uint64_t session, who;
	char *body; /* owned; NULL where len is 0 */
	uint32_t len;
	uint8_t kind;
};

void
ring_init(struct ring *r, size_t count_max, size_t said_max, size_t bytes_max, size_t mail_max)
{
	*r = (struct ring){ .count_max = count_max, .said_max = said_max, .bytes_max = bytes_max,
		.mail_max = mail_max };
}

static bool
is_mail(unsigned kind)
{
	return kind == FRAME_DIRECT || kind == FRAME_STUB;
}

static struct ring_slot *
slot_of(const struct ring *r, uint64_t seq)
{
	return &r->slot[seq & (r->cap - 1)];
}

static void
drop_body(struct ring *r, struct ring_slot *slot)
{
	free(slot->body);
	r->bytes -= slot->len;
	if (slot->kind == FRAME_DIRECT)
		r->mail -= slot->len;
	slot->body = NULL;
	slot->len = 0;
}

static void
forget_oldest(struct ring *r)
{
	struct ring_slot *oldest = slot_of(r, ring_first(r));

	drop_body(r, oldest);
	r->said -= !is_mail(oldest->kind);
	r->count--;
}

/* Keeps mail within its bound, and remembers from where on it is whole. */
static void
count_mail(struct ring *r, const struct frame *f)
{
	r->mail += f->len;
	if (f->len == 0)
		r->mail_from = f->seq; /* it has been without one before */
	while (r->mail > r->mail_max) {
		uint64_t seq = r->mail_from + 1 > ring_first(r) ? r->mail_from + 1 : ring_first(r);
		struct ring_slot *slot = slot_of(r, seq);

		if (slot->kind == FRAME_DIRECT)
			drop_body(r, slot);
		r->mail_from = seq;
	}
}

static void
forget_all(struct ring *r)
{
	while (r->count > 0)
		forget_oldest(r);
}

void
ring_fini(struct ring *r)
{
	forget_all(r);
	free(r->slot);
	ring_init(r, r->count_max, r->said_max, r->bytes_max, r->mail_max);
}

uint64_t
ring_first(const struct ring *r)
{
	return r->last + 1 - r->count;
}

/* Doubles the slots. A frame's place depends on cap, so each moves to its new one. */
static int
grow(struct ring *r)
{
	struct ring wider = *r;

	wider.cap = r->cap ? r->cap * 2 : CAP_FIRST;
	wider.slot = calloc(wider.cap, sizeof *wider.slot);
	if (!wider.slot)
		return -1;
	for (uint64_t seq = ring_first(r); seq <= r->last && r->count > 0; seq++)
		*slot_of(&wider, seq) = *slot_of(r, seq);
	free(r->slot);
	*r = wider;
	return 0;
}

static bool
is_full_for(const struct ring *r, const struct frame *f)
{
	return r->count >= r->count_max || r->bytes + f->len > r->bytes_max ||
	       (!is_mail(f->kind) && r->said >= r->said_max);
}

/* Room for one more frame; the bounds hold afterwards. */
static int
make_room(struct ring *r, const struct frame *f)
{
	if (f->len > r->bytes_max)
		return -1;
	while (r->count > 0 && is_full_for(r, f))
		forget_oldest(r);
	return r->count < r->cap ? 0 : grow(r);
}

void
ring_put(struct ring *r, const struct frame *f)
{
	struct ring_slot *slot;
	char *body = NULL;

	assert(f->seq == r->last + 1 || (r->count == 0 && f->seq > r->last));
	if (make_room(r, f) < 0 || (f->len > 0 && !(body = malloc(f->len)))) {
		forget_all(r);
		r->last = f->seq;
		return;
	}
	if (body)
		memcpy(body, f->body, f->len);
	r->last = f->seq;
	r->count++;
	r->said += !is_mail(f->kind);
	r->bytes += f->len;
	slot = slot_of(r, f->seq);
	*slot = (struct ring_slot){ f->session, f->who, body, (uint32_t)f->len, (uint8_t)f->kind };
	if (f->kind == FRAME_DIRECT)
		count_mail(r, f);
}

bool
ring_get(const struct ring *r, uint64_t seq, struct frame *f)
{
	const struct ring_slot *slot;

	if (seq < ring_first(r) || seq > r->last)
		return false;
	slot = slot_of(r, seq);
	*f = (struct frame){ .kind = slot->kind, .session = slot->session, .seq = seq,
		.who = slot->who, .body = slot->body, .len = slot->len };
	return true;
}
