/* broker_carry – what the core says is done here: published and mailed. See broker.h. */
#include "broker.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "bounds.h"

enum {
	RETRY_AFTER = 1000, /* ms, in a bye of ours */
	BATCH_KEPT = 4096,  /* bytes of memory that a room keeps for its next batch */
};

/* Bodies move when the outbox grows: looked up where they are used, and not kept. */
static const char *
body_of(const struct broker *b, const struct out *o)
{
	return o->len > 0 ? b->out.bytes.at + o->at : "";
}

int
broker_give_topic(struct broker *b, struct outlet *o)
{
	char why[256];
	unsigned more;

	if (o->topic)
		return 0;
	o->topic = bus_topic_open(b->bus, o->room, why, sizeof why);
	if (o->topic)
		return 0;
	if (ration_take(&b->topicless, b->now, &more))
		log_line(LOG_ERROR, "no_topic", "room=%" PRIu64 " why=\"%s\" unlogged=%u", o->room,
		    why, more);
	broker_lack_files(b); /* what else could it be */
	return -1;
}

/* Mail comes after all that its session was told to hear before: what was said, and what it missed
 * before it came back, of which the last may be mail of its own. */
static uint64_t
behind(const struct peer *p, uint64_t said)
{
	return said > p->missed ? said : p->missed;
}

/* Says the last word to a session that the core does not know any more, and takes the room's bus
 * from it: a handler that does not go by itself has nothing to listen to. */
static void
part(struct broker *b, struct peer *p, const void *bye, size_t len)
{
	struct frame last = { .kind = FRAME_BYE, .body = bye, .len = len };

	if (p->over)
		return;
	p->over = true;
	if (p->outlet)
		last.after = p->until = behind(p, p->outlet->channel.said);
	peer_leave(p);
	peer_excuse(&b->registry, p);
	if (p->subscription)
		bus_cut(p->subscription);
	if (mail_put(&p->mail, &last) < 0) {
		mail_clear(&p->mail);
		mail_put(&p->mail, &last);
	}
	broker_keep_mail(b, p, &last);
	peer_touch(&b->registry, p);
}

void
broker_see_off(struct broker *b, struct peer *p, enum bye why, int64_t retry)
{
	const struct bye_row *row = &bye_table[why];
	struct buf bye = BUF_INIT;

	if (p->over)
		return;
	buf_fmt(&bye, "{\"event\":\"bye\",\"payload\":{\"code\":%d,\"reason\":\"%s\","
	    "\"reconnect\":%s,\"retryAfterMs\":%" PRId64 "}}", row->code, row->word,
	    row->reconnect ? "true" : "false", retry);
	b->metrics.byes[why]++;
	b->metrics.sent[MESSAGE_BYE]++;
	log_about(p->connection, LOG_INFO, "dismissed", "session=%" PRIu64 " reason=%s", p->session,
	    row->word);
	part(b, p, bye.at, bye.len);
	buf_fini(&bye);
	core_gone(b->core, p->session, row->word, b->now, &b->out);
}

void
broker_dismiss(struct broker *b, struct peer *p, enum bye why)
{
	if (!p->over)
		mail_clear(&p->mail);
	broker_see_off(b, p, why, RETRY_AFTER);
}

void
broker_mail(struct broker *b, struct peer *p, const struct frame *f)
{
	if (p->over)
		return;
	if (mail_put(&p->mail, f) < 0) {
		b->metrics.limits[LIMIT_MAIL]++;
		broker_dismiss(b, p, BYE_SLOW_CONSUMER);
		return;
	}
	broker_keep_mail(b, p, f);
	peer_touch(&b->registry, p);
}

void
broker_send_mail(struct broker *b, struct peer *p)
{
	size_t len;
	struct bus_request *poll = mail_take_poll(&p->mail, &len);

	if (poll)
		bus_reply(b->bus, BUS_CONTROL, poll, p->mail.frames.at, len);
}

static void
prepare_open(struct broker *b, const struct out *o)
{
	/* Without a topic nobody can join; the next who tries will have it tried again. */
	struct outlet *outlet = outlet_open(&b->registry, o->room);

	outlet_name(outlet, body_of(b, o), o->len);
	broker_give_topic(b, outlet);
	broker_store_room(b, o);
}

static void
carry_close(struct broker *b, const struct out *o)
{
	struct outlet *outlet = outlet_find(&b->registry, o->room);

	broker_keep_closed(b, o->room);
	bus_topic_close(outlet->topic);
	outlet_close(&b->registry, outlet);
}

void
broker_publish(struct outlet *o)
{
	struct buf *batch = &o->channel.batch;
	size_t at = 0, len;

	/* What cannot be published shows as a hole, and is replayed. */
	for (; o->topic && at < batch->len && !buf_failed(batch); at += len) {
		len = frames_fit(batch->at + at, batch->len - at, TOPIC_BYTES);
		bus_publish(o->topic, batch->at + at, len);
	}
	if (batch->cap > BATCH_KEPT)
		buf_fini(batch);
	buf_reset(batch);
}

static void
count_said(struct broker *b, const struct out *o, struct outlet *outlet)
{
	if (o->kind == OUT_VOID)
		return;
	if (o->what == MESSAGE_CONNECT || o->what == MESSAGE_DISCONNECT)
		comings_put(&b->comings, outlet->key, body_of(b, o), o->len);
	outlet->made.messages += o->kind != OUT_STATE;
	outlet->made.bytes += outlet->peer_count * o->len;
	b->metrics.sent[o->what]++;
	b->metrics.copies[0] += outlet->peer_count;
	b->made.messages += o->kind != OUT_STATE;
}

static void
carry_room(struct broker *b, const struct out *o)
{
	static const enum frame_kind kind[] = { [OUT_ROOM] = FRAME_ROOM, [OUT_TYPING] = FRAME_VOID,
		[OUT_STATE] = FRAME_STATE, [OUT_VOID] = FRAME_VOID };
	struct outlet *outlet = outlet_find(&b->registry, o->room);

	channel_say(&outlet->channel, kind[o->kind], o->seq, o->who, body_of(b, o), o->len);
	broker_keep_said(b, o->room, &(struct frame){ .kind = kind[o->kind], .seq = o->seq,
		.who = o->who, .body = body_of(b, o), .len = o->len });
	outlet_touch(&b->registry, outlet);
	count_said(b, o, outlet);
}

/* The body is kept once for the one and once for the room: mail is short. */
static void
keep_mailed(struct broker *b, uint64_t room, const struct frame *f)
{
	struct frame place = *f;

	if (f->kind != FRAME_DIRECT)
		place.kind = FRAME_STUB;
	broker_keep_said(b, room, &place);
}

static void
carry_mail(struct broker *b, const struct out *o)
{
	static const enum frame_kind kind[] = { [OUT_DIRECT] = FRAME_DIRECT, [OUT_YOU] = FRAME_YOU,
		[OUT_MAILED_STATE] = FRAME_MAILED_STATE };
	struct peer *p = peer_by_session(&b->registry, o->session);
	struct frame f = { .kind = kind[o->kind], .session = o->session, .seq = o->seq,
		.body = body_of(b, o), .len = o->len };
	struct outlet *outlet;

	/* Its place in the order is taken, whether it can still be delivered or not. */
	if (o->seq != 0 && o->kind != OUT_MAILED_STATE) {
		outlet = outlet_find(&b->registry, o->room);
		f.who = o->who;
		f.after = channel_mailed(&outlet->channel, &f);
		keep_mailed(b, o->room, &f);
		outlet_touch(&b->registry, outlet); /* its stubs may have become too many */
		outlet->made.messages += o->kind == OUT_DIRECT;
		outlet->made.bytes += o->len;
	}
	if (!p || p->over)
		return;
	if (f.after > 0)
		f.after = behind(p, f.after);
	if (o->kind == OUT_YOU)
		broker_complete_you(b, p, &f);
	b->metrics.sent[o->what] += o->kind != OUT_YOU;
	b->made.messages += o->kind == OUT_DIRECT;
	broker_mail(b, p, &f);
}

static void
carry_admit(struct broker *b, const struct out *o)
{
	struct peer *p = peer_by_session(&b->registry, o->session);
	struct outlet *outlet = outlet_find(&b->registry, o->room);
	struct buf fields = BUF_INIT;

	if (!p || p->over)
		return;
	if (broker_give_topic(b, outlet) < 0) {
		broker_dismiss(b, p, BYE_UNAVAILABLE);
		return;
	}
	peer_enter(p, outlet);
	p->since = o->seq;
	broker_keep_peer(b, p);
	field_str(&fields, FIELD_BUS, bus_topic_name(outlet->topic));
	broker_mail(b, p, &(struct frame){ .kind = FRAME_ADMITTED, .session = o->session,
		.seq = o->seq, .body = fields.at, .len = fields.len });
	buf_fini(&fields);
}

static void
carry_bye(struct broker *b, const struct out *o)
{
	struct peer *p = peer_by_session(&b->registry, o->session);

	if (!p || p->over)
		return;
	b->metrics.byes[o->why]++;
	b->metrics.sent[o->what]++;
	part(b, p, body_of(b, o), o->len);
}

/* An event that was taken before has nothing of its own here. */
static void
count_answered(struct broker *b, const struct out *o)
{
	struct metrics *m = &b->metrics;

	if (o->event == EVENTS && o->problem == PROBLEM_NONE) {
		m->repeated[0]++;
		return;
	}
	m->received[o->event]++;
	if (o->problem != PROBLEM_NONE)
		m->errors[o->problem]++;
	if (o->problem == PROBLEM_SLOW_DOWN)
		m->limits[LIMIT_CHAT]++;
}

/* Kept until it is known to have arrived; it is sent at the end of the round. */
static void
carry_reply(struct broker *b, const struct out *o)
{
	struct peer *p = peer_by_session(&b->registry, o->session);
	struct frame f = { .kind = FRAME_REPLY, .session = o->session, .seq = o->number,
		.body = body_of(b, o), .len = o->len };

	count_answered(b, o);
	if (!p || p->over || o->len == 0)
		return;
	b->metrics.sent[o->what]++;
	answers_put(&p->answers, &f);
	broker_keep_answer(b, p, &f);
}

/* clang-format off */
static void (*const prepare_table[])(struct broker *, const struct out *) = {
	[OUT_OPEN]         = prepare_open,
	[OUT_VERIFY]       = broker_verify,
	[OUT_STORE_CHAT]   = broker_store_row,
	[OUT_STORE_UNCHAT] = broker_store_row,
	[OUT_STORE_FORGET] = broker_store_row,
	[OUT_STORE_BAN]    = broker_store_row,
	[OUT_STORE_UNBAN]  = broker_store_row,
};

static void (*const carry_table[])(struct broker *, const struct out *) = {
	[OUT_CLOSE]        = carry_close,
	[OUT_ROOM]         = carry_room,
	[OUT_TYPING]       = carry_room,
	[OUT_STATE]        = carry_room,
	[OUT_VOID]         = carry_room,
	[OUT_DIRECT]       = carry_mail,
	[OUT_YOU]          = carry_mail,
	[OUT_MAILED_STATE] = carry_mail,
	[OUT_ADMIT]        = carry_admit,
	[OUT_BYE]          = carry_bye,
	[OUT_REPLY]        = carry_reply,
};
/* clang-format on */

void
broker_prepare(struct broker *b)
{
	/* Verifying a token has the core say more, at the end of the list, which then moves. */
	while (b->prepared < b->out.count) {
		struct out o = b->out.list[b->prepared++];

		if (o.kind < sizeof prepare_table / sizeof *prepare_table && prepare_table[o.kind])
			prepare_table[o.kind](b, &o);
	}
}

void
broker_carry(struct broker *b)
{
	/* So has sending somebody away; that is nothing to be stored. */
	for (size_t i = 0; i < b->out.count; i++) {
		struct out o = b->out.list[i];

		assert(i < b->prepared || o.kind < OUT_STORE_CHAT);
		if (o.kind < sizeof carry_table / sizeof *carry_table && carry_table[o.kind])
			carry_table[o.kind](b, &o);
	}
}
