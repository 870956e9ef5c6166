/* channel – see channel.h. */
#include "channel.h"

#include <assert.h>

#include "bounds.h"

void
channel_init(struct channel *c)
{
	*c = (struct channel){ .state = BUF_INIT, .batch = BUF_INIT };
	ring_init(&c->ring, RING_PLACES, RING_MESSAGES, RING_BYTES, RING_MAIL_BYTES);
}

void
channel_fini(struct channel *c)
{
	ring_fini(&c->ring);
	buf_fini(&c->state);
	buf_fini(&c->batch);
}

/* Of somebody's mail the others see the place alone. */
static void
hide_mail(struct frame *f)
{
	if (f->kind != FRAME_DIRECT)
		return;
	f->kind = FRAME_STUB;
	f->who = 0;
	f->body = NULL;
	f->len = 0;
}

/* What was mailed since the last broadcast. */
static void
show_stubs(struct channel *c)
{
	struct frame stub;

	while (c->shown < c->seq && ring_get(&c->ring, c->shown + 1, &stub)) {
		hide_mail(&stub);
		frame_put(&c->batch, &stub);
		c->shown++;
	}
	c->shown = c->seq; /* what the ring lost for lack of memory shows as a hole */
}

static void
remember(struct channel *c, const struct frame *f)
{
	assert(f->seq == c->seq + 1 || c->seq == 0);
	if (c->seq == 0) /* a room's order may begin anywhere */
		c->shown = f->seq - 1;
	c->seq = f->seq;
	ring_put(&c->ring, f);
}

/* In the ring a state is a mark without body: it is long, and only the newest is of use. */
static struct frame
remembered(const struct frame *f)
{
	struct frame r = *f;

	if (f->kind != FRAME_ROOM && f->kind != FRAME_DIRECT)
		r.len = 0;
	return r;
}

void
channel_say(struct channel *c, enum frame_kind kind, uint64_t seq, uint64_t who, const void *body,
    size_t len)
{
	struct frame f = { .kind = kind, .seq = seq, .who = who, .body = body, .len = len };
	struct frame kept = remembered(&f);

	show_stubs(c); /* first: remembering this one may cost the ring those */
	remember(c, &kept);
	if (kind == FRAME_STATE) {
		c->state_seq = seq;
		buf_reset(&c->state);
		buf_add(&c->state, body, len);
	}
	if (kind == FRAME_VOID && len > 0)
		f.kind = FRAME_ROOM;
	frame_put(&c->batch, &f);
	c->said = c->shown = seq;
}

uint64_t
channel_mailed(struct channel *c, const struct frame *f)
{
	struct frame kept = *f;

	if (f->kind != FRAME_DIRECT) {
		kept.kind = FRAME_STUB;
		kept.len = 0;
		kept.who = 0;
	}
	remember(c, &kept);
	if (c->seq - c->shown >= STUBS_MAX) /* while the ring still has them */
		show_stubs(c);
	return c->said;
}

static void
leave_void(struct frame *f)
{
	f->kind = FRAME_VOID;
	f->body = NULL;
	f->len = 0;
}

/* As it is repeated: of states only the newest, with what it said. */
static void
repeat(const struct channel *c, const struct hearer *h, struct frame *f)
{
	bool missed = f->seq <= h->missed;

	if (f->kind == FRAME_DIRECT && missed && f->who == h->member) {
		f->kind = FRAME_ROOM;
		f->session = f->who = 0;
		return;
	}
	hide_mail(f);
	if (f->kind != FRAME_STATE)
		return;
	if (missed || f->seq != c->state_seq || buf_failed(&c->state)) {
		leave_void(f);
		return;
	}
	f->body = c->state.at;
	f->len = c->state.len;
}

/* Mail that was missed, and that the ring has had to let go since. */
static bool
is_lost(const struct hearer *h, const struct frame *f)
{
	return f->kind == FRAME_DIRECT && f->len == 0 && f->seq <= h->missed && f->who == h->member;
}

int
channel_replay(const struct channel *c, uint64_t seq, size_t most, const struct hearer *h,
    struct buf *to)
{
	size_t begin = to->len;
	struct frame f;

	if (seq <= c->seq && seq < ring_first(&c->ring))
		return -1;
	while ((h->until == 0 || seq <= h->until) && ring_get(&c->ring, seq++, &f)) {
		if (is_lost(h, &f))
			return to->len > begin ? 0 : -1;
		repeat(c, h, &f);
		if (to->len > begin && to->len - begin + FRAME_HEAD + f.len > most)
			break;
		frame_put(to, &f);
	}
	return 0;
}

bool
channel_holds(const struct channel *c, uint64_t seq)
{
	return seq <= c->seq && seq + 1 >= ring_first(&c->ring) && seq >= c->ring.mail_from;
}

/* Should the ring have lost everything, a void in its last place says how far it had come. */
void
channel_dump(const struct channel *c, uint64_t after, struct buf *to)
{
	struct frame f = { .kind = FRAME_VOID, .seq = c->seq, .after = after };

	if (c->ring.count == 0 && c->seq > 0)
		frame_put(to, &f);
	for (uint64_t seq = ring_first(&c->ring); ring_get(&c->ring, seq, &f); seq++) {
		if (f.kind == FRAME_STATE && seq == c->state_seq) {
			f.body = c->state.at;
			f.len = c->state.len;
		} else if (f.kind == FRAME_STATE) {
			leave_void(&f);
		}
		f.after = after;
		frame_put(to, &f);
	}
}

int
channel_recall(struct channel *c, const struct frame *f)
{
	if (f->seq == 0 || (c->seq != 0 && f->seq != c->seq + 1))
		return -1;
	if (f->kind == FRAME_DIRECT || f->kind == FRAME_STUB)
		channel_mailed(c, f);
	else
		channel_say(c, f->kind, f->seq, f->who, f->body, f->len);
	buf_reset(&c->batch);
	c->shown = c->seq;
	return 0;
}
