/* channel – see channel.h. */
#include "channel.h"

#include <assert.h>

#include "bounds.h"

void
channel_init(struct channel *c)
{
	*c = (struct channel){ .state = BUF_INIT, .batch = BUF_INIT };
	ring_init(&c->ring, RING_MESSAGES, RING_BYTES);
}

void
channel_fini(struct channel *c)
{
	ring_fini(&c->ring);
	buf_fini(&c->state);
	buf_fini(&c->batch);
}

/* What was mailed since the last broadcast. */
static void
show_stubs(struct channel *c)
{
	struct frame stub;

	while (c->shown < c->seq && ring_get(&c->ring, c->shown + 1, &stub)) {
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

	if (f->kind != FRAME_ROOM)
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
channel_mailed(struct channel *c, uint64_t seq, uint64_t session)
{
	struct frame stub = { .kind = FRAME_STUB, .seq = seq, .session = session };

	remember(c, &stub);
	if (c->seq - c->shown >= STUBS_MAX) /* while the ring still has them */
		show_stubs(c);
	return c->said;
}

/* As it is repeated: of states only the newest, with what it said. */
static void
repeat(const struct channel *c, struct frame *f)
{
	if (f->kind != FRAME_STATE)
		return;
	if (f->seq != c->state_seq || buf_failed(&c->state)) {
		f->kind = FRAME_VOID;
		return;
	}
	f->body = c->state.at;
	f->len = c->state.len;
}

int
channel_replay(const struct channel *c, uint64_t seq, size_t most, struct buf *to)
{
	size_t begin = to->len;
	struct frame f;

	if (seq <= c->seq && seq < ring_first(&c->ring))
		return -1;
	while (ring_get(&c->ring, seq++, &f)) {
		repeat(c, &f);
		if (to->len > begin && to->len - begin + FRAME_HEAD + f.len > most)
			break;
		frame_put(to, &f);
	}
	return 0;
}
