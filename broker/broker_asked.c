/* broker_asked – what handlers ask for, as a table. See broker.h and frame.h.
 *
 * A handler may have been taken over by its client. It is believed nothing: a session is the pipe's
 * own or nobody's, and what is not well-formed ends the pipe. */
#include "broker.h"

#include <string.h>

#include "bounds.h"

enum { LATE = 2000 }; /* ms */

void
broker_refuse(struct asked *a, enum refusal why)
{
	size_t begin = frame_begin(a->to, &(struct frame){ .kind = FRAME_REFUSED });

	field_str(a->to, FIELD_WORD, refusal_table[why].word);
	field_str(a->to, FIELD_MESSAGE, refusal_table[why].message);
	frame_end(a->to, begin);
}

static int
too_much(struct broker *b, enum metrics_limit limit)
{
	b->metrics.limits[limit]++;
	return -1;
}

/* The answers are among what the core says, and put together at the end of the round. */
static int
run_events(struct broker *b, struct asked *a, struct peer *p)
{
	struct frame f = a->frame;
	enum event_kind kind;
	int count = 0;

	answers_forget(&p->answers, f.after);
	do {
		if (f.kind != FRAME_EVENT || f.session != p->session || ++count > EVENT_WINDOW)
			return -1;
		if (quota_is_spent(&p->quota, b->now))
			return too_much(b, LIMIT_QUOTA);
		kind = core_event(b->core, p->session, f.seq, f.body, f.len, b->now, &b->out);
		p->made.events++;
		p->made.bytes += f.len;
		quota_take(&p->quota, f.seq, kind, f.len, b->now);
		broker_prepare(b);
	} while (frame_next(&a->rest, &a->rest_len, &f) > 0);
	return 0;
}

static int
run_poll(struct broker *b, struct asked *a, struct peer *p)
{
	bool waited = p->mail.frames.len > 0;
	struct bus_request *older = mail_poll(&p->mail, a->request, a->frame.who);

	a->held = true;
	if (older)
		bus_reply(b->bus, BUS_CONTROL, older, NULL, 0);
	if (p->mail.again > ASKED_AGAIN_MAX) {
		b->metrics.limits[LIMIT_REPEATS]++;
		bus_cut(p->pipe);
		return 0;
	}
	if (waited)
		broker_keep_fetched(b, p, a->frame.who);
	peer_touch(&b->registry, p);
	return 0;
}

/* Who reads what it is sent is further on the next time. */
static void
note_replay(struct peer *p, uint64_t seq)
{
	p->again = seq > p->replayed ? 0 : p->again + 1;
	p->replayed = seq;
}

static void
count_replay(struct broker *b, struct peer *p, const struct asked *a, bool held, size_t len)
{
	struct metrics *m = &b->metrics;

	m->holes[0] += a->frame.seq > p->missed;
	p->made.holes += a->frame.seq > p->missed;
	m->replays[len > 0 ? REPLAY_SERVED : held ? REPLAY_NOTHING : REPLAY_LOST]++;
	m->replayed[0] += len;
}

static int
run_replay(struct broker *b, struct asked *a, struct peer *p)
{
	size_t begin = a->to->len;
	struct hearer hearer = { p->member, p->missed, p->until };
	struct outlet *o = p->until ? outlet_find(&b->registry, p->room_id) : p->outlet;
	bool held;

	if (p->again > ASKED_AGAIN_MAX)
		return too_much(b, LIMIT_REPEATS);
	/* What was said before it came, or while it waited in the lobby, is not for it. */
	held = o && a->frame.seq > p->since && channel_replay(&o->channel, a->frame.seq,
	    REPLAY_MAX, &hearer, a->to) == 0;
	count_replay(b, p, a, held, a->to->len - begin);
	if (a->to->len > begin)
		note_replay(p, a->frame.seq);
	else if (!held || p->over)
		frame_put(a->to, &(struct frame){ .kind = FRAME_LOST, .session = p->session,
			.who = p->over });
	return 0;
}

/* An operator has sent it a signal. That is for the person, as any other kick; a handler that made
 * it up could do no more than leave in that person's name. */
static void
kick(struct broker *b, struct peer *p)
{
	const struct order o = { .what = OPERATE_KICK, .room = p->key, .sub = p->sub, .words = "" };
	struct operated did;

	if (p->over || core_operate(b->core, &o, b->now, &did, &b->out) != PROBLEM_NONE)
		return;
	broker_prepare(b);
	log_about(p->connection, LOG_INFO, "operator",
	    "command=kick result=done signal=TERM room=%s connections=%u sub=%s", p->key,
	    did.connections, p->sub);
}

/* The handler has ended the connection for what only it can see. It may say that of itself alone,
 * so these are believed; others are not for it to say, and end the pipe. */
static int
run_end(struct broker *b, struct asked *a, struct peer *p)
{
	static const enum bye seen[] = { BYE_SLOW_CONSUMER, BYE_TIMEOUT };
	struct fields fields;
	char word[32];

	if (a->rest_len > 0 || fields_read(&fields, a->frame.body, a->frame.len) < 0 ||
	    field_copy(&fields, FIELD_WORD, word, sizeof word) < 0)
		return -1;
	if (strcmp(bye_table[BYE_KICKED].word, word) == 0) {
		kick(b, p);
		return 0;
	}
	for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
		if (strcmp(bye_table[seen[i]].word, word) == 0) {
			broker_dismiss(b, p, seen[i]);
			return 0;
		}
	}
	return -1;
}

/* One of the two: `open` before there is a session, or `run` for the session of the pipe. */
static const struct asked_row {
	int (*open)(struct broker *, struct asked *);
	int (*run)(struct broker *, struct asked *, struct peer *);
} asked_table[] = {
	/* clang-format off */
	[FRAME_JOIN]   = { .open = broker_join },
	[FRAME_EVENT]  = { .run = run_events },
	[FRAME_POLL]   = { .run = run_poll },
	[FRAME_REPLAY] = { .run = run_replay },
	[FRAME_ADMIT]  = { .open = broker_admit },
	[FRAME_END]    = { .run = run_end },
	[FRAME_REJOIN] = { .open = broker_rejoin },
	/* clang-format on */
};

int
broker_answer(struct broker *b, struct asked *a)
{
	const struct asked_row *row;
	struct peer *p;

	if (a->frame.kind >= sizeof asked_table / sizeof *asked_table)
		return -1;
	row = &asked_table[a->frame.kind];
	if (row->open)
		return a->rest_len > 0 ? -1 : row->open(b, a);
	if (!row->run)
		return -1;
	p = peer_by_pipe(&b->registry, a->pipe);
	if (!p || p->session != a->frame.session) {
		broker_refuse(a, REFUSED_UNAVAILABLE);
		return 0;
	}
	if (!p->over)
		peer_hear(&b->registry, p, b->now);
	return row->run(b, a, p);
}

int64_t
broker_silence_due(const struct broker *b)
{
	const struct peer *p = b->registry.quietest;

	return p && b->conf.silence > 0 ? p->heard + b->conf.silence : INT64_MAX;
}

static void
hear_all(struct broker *b)
{
	while (b->registry.quietest && b->registry.quietest->heard < b->now)
		peer_hear(&b->registry, b->registry.quietest, b->now);
}

/* A handler stands still, or hangs. Where we are late ourselves, having been stopped or asleep with
 * the machine, what they asked meanwhile is still to be read, and none of them is to blame. */
void
broker_dismiss_silent(struct broker *b)
{
	if (b->now - LATE >= broker_silence_due(b))
		hear_all(b);
	while (b->now >= broker_silence_due(b))
		broker_dismiss(b, b->registry.quietest, BYE_TIMEOUT);
}
