/* broker_doors – requests as they come in, and the replies that wait for the end of the round. See
 * broker.h. */
#include "broker.h"

#include <stdlib.h>

static void
log_broken(struct broker *b, uint32_t pipe)
{
	struct peer *p = peer_by_pipe(&b->registry, pipe);
	unsigned more;

	if (ration_take(&b->broken, b->now, &more))
		log_about(p ? p->connection : "-", LOG_ERROR, "broken_peer",
		    "pid=%ld pipe=%u unlogged=%u", (long)bus_peer(pipe), (unsigned)pipe, more);
}

static void
keep_reply(struct broker *b, struct reply r)
{
	if (b->reply_count == b->reply_cap) {
		b->reply_cap = b->reply_cap ? b->reply_cap * 2 : 16;
		b->replies = reallocarray(b->replies, b->reply_cap, sizeof *b->replies);
		if (!b->replies)
			abort();
	}
	r.len = b->reply_bytes.len - r.at;
	r.last = b->out.count;
	b->replies[b->reply_count++] = r;
}

/* All of it has to be frames before any of it is done. */
static int
read_frames(struct asked *a)
{
	size_t len;
	const uint8_t *at = bus_body(a->request, &len);
	struct frame f;
	int n;

	if (frame_next(&at, &len, &a->frame) <= 0)
		return -1;
	a->rest = at;
	a->rest_len = len;
	while ((n = frame_next(&at, &len, &f)) > 0)
		;
	return n;
}

static int
answer_operator(struct broker *b, struct asked *a)
{
	return a->frame.kind == FRAME_CTL ? broker_command(b, a) : broker_observe(b, a);
}

void
broker_take(struct broker *b, enum bus_door door, struct bus_request *request)
{
	static int (*const door_table[])(struct broker *, struct asked *) = {
		[BUS_CONTROL] = broker_answer,
		[BUS_OPERATOR] = answer_operator,
	};
	struct asked a = { .request = request, .pipe = bus_pipe(request), .to = &b->reply_bytes };
	struct reply r = { .door = door, .request = request, .at = b->reply_bytes.len,
		.first = b->out.count };
	int rc = read_frames(&a) < 0 ? -1 : door_table[door](b, &a);

	bus_wipe(request); /* it may have brought a token */
	if (rc < 0) {
		b->reply_bytes.len = r.at;
		log_broken(b, a.pipe);
		bus_cut(a.pipe);
		bus_drop(request);
	} else if (!a.held) {
		r.stored = a.stored;
		keep_reply(b, r);
	}
}

/* One that is empty may be to an event that was taken before, and answered. */
static void
put_answer(struct broker *b, const struct out *o)
{
	struct frame f = { .kind = FRAME_REPLY, .session = o->session, .seq = o->number,
		.body = o->len > 0 ? b->out.bytes.at + o->at : "", .len = o->len };
	const struct peer *p = o->len == 0 ? peer_by_session(&b->registry, o->session) : NULL;
	struct frame before;

	if (p && answers_find(&p->answers, o->number, &before))
		f = before;
	frame_put(&b->reply_bytes, &f);
}

/* The answers to events: what the core said, or says now that they could not be stored. */
static void
put_answers(struct broker *b, struct reply *r)
{
	r->at = b->reply_bytes.len;
	for (size_t i = r->first; i < r->last; i++) {
		const struct out *o = &b->out.list[i];

		if (o->kind == OUT_REPLY)
			put_answer(b, o);
	}
	r->len = b->reply_bytes.len - r->at;
}

/* What an operator was told is done is not, or not for good. */
static void
take_back(struct broker *b, struct reply *r)
{
	r->at = b->reply_bytes.len;
	broker_command_unkept(&b->reply_bytes);
	r->len = b->reply_bytes.len - r->at;
}

void
broker_send_replies(struct broker *b, bool kept)
{
	for (size_t i = 0; i < b->reply_count; i++) {
		struct reply *r = &b->replies[i];

		if (r->len == 0)
			put_answers(b, r);
		else if (r->stored && !kept)
			take_back(b, r);
		bus_reply(b->bus, r->door, r->request, b->reply_bytes.at + r->at, r->len);
	}
	b->reply_count = 0;
	if (b->reply_bytes.cap > BATCH_BYTES)
		buf_fini(&b->reply_bytes);
	buf_reset(&b->reply_bytes);
}
