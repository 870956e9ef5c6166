/* broker_recall – a broker goes on where another one was killed: what broker_keep.c wrote is taken
 * up, and whoever does not come back in time is gone. See broker.h. */
#include "broker_keep.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"
#include "clock.h"

struct recall {
	struct broker *broker;
	/* Announced by the last record; the round itself did not follow. */
	struct buf adds, deletes;
};

static struct outlet *
outlet_of(struct broker *b, uint64_t room)
{
	struct outlet *o = outlet_find(&b->registry, room);

	return o ? o : outlet_open(&b->registry, room);
}

static int
recall_peer(struct broker *b, const struct frame *f)
{
	struct peer *p = peer_by_session(&b->registry, f->session);
	struct kept_peer body;

	if (f->len <= sizeof body || ((const char *)f->body)[f->len - 1] != '\0')
		return -1;
	memcpy(&body, f->body, sizeof body);
	if (!p)
		p = peer_open(&b->registry, f->session, 0);
	quota_init(&p->quota, &b->rooms, b->now);
	peer_name(p, body.key, (const char *)f->body + sizeof body);
	memcpy(p->connection, body.connection, sizeof p->connection);
	memcpy(p->address, body.address, sizeof p->address);
	memcpy(p->name, body.name, sizeof p->name);
	p->missed = body.missed;
	p->expires = body.expires;
	p->joined = body.joined;
	p->pid = (pid_t)body.pid;
	p->since = f->seq;
	p->member = f->who;
	p->room_id = f->after;
	return 0;
}

/* The room's bus has another name now than the one it was let in with. */
static void
recall_admitted(struct broker *b, struct peer *p, struct frame *f)
{
	struct outlet *o = outlet_of(b, p->room_id);
	struct buf fields = BUF_INIT;

	if (broker_give_topic(b, o) == 0)
		field_str(&fields, FIELD_BUS, bus_topic_name(o->topic));
	f->body = fields.at;
	f->len = fields.len;
	frame_put(&p->mail.frames, f);
	buf_fini(&fields);
}

static int
recall_mail(struct broker *b, const struct frame *f)
{
	struct peer *p = peer_by_session(&b->registry, f->session);
	const uint8_t *at = f->body;
	size_t len = f->len;
	struct frame mail;
	int rc;

	if (!p)
		return 0;
	p->mail.last = f->who;
	if (f->seq == 1)
		mail_clear(&p->mail);
	while ((rc = frame_next(&at, &len, &mail)) > 0) {
		if (mail.kind == FRAME_ADMITTED)
			recall_admitted(b, p, &mail);
		else
			frame_put(&p->mail.frames, &mail);
	}
	return rc;
}

static int
recall_answers(struct broker *b, const struct frame *f)
{
	struct peer *p = peer_by_session(&b->registry, f->session);
	const uint8_t *at = f->body;
	size_t len = f->len;
	struct frame answer;
	int rc;

	if (!p)
		return 0;
	answers_forget(&p->answers, f->who);
	while ((rc = frame_next(&at, &len, &answer)) > 0)
		answers_put(&p->answers, &answer);
	return rc;
}

static int
recall_frame(struct recall *r, const struct frame *f)
{
	struct broker *b = r->broker;
	struct outlet *o;
	struct peer *p;

	switch (f->kind) {
	case FRAME_ROOM:
	case FRAME_VOID:
	case FRAME_STATE:
	case FRAME_DIRECT:
	case FRAME_STUB: return channel_recall(&outlet_of(b, f->after)->channel, f);
	case FRAME_KEPT_CORE: return core_restore(b->core, f->body, f->len);
	case FRAME_KEPT_PEER: return recall_peer(b, f);
	case FRAME_KEPT_MAIL: return recall_mail(b, f);
	case FRAME_KEPT_ANSWERS: return recall_answers(b, f);
	case FRAME_KEPT_FETCHED:
		if ((p = peer_by_session(&b->registry, f->session)))
			mail_fetched(&p->mail, f->who);
		return 0;
	case FRAME_KEPT_GONE:
		if ((p = peer_by_session(&b->registry, f->session)))
			peer_close(&b->registry, p);
		return 0;
	case FRAME_KEPT_CLOSED:
		if ((o = outlet_find(&b->registry, f->after))) {
			bus_topic_close(o->topic);
			outlet_close(&b->registry, o);
		}
		return 0;
	case FRAME_KEPT_ADDS: buf_add(&r->adds, f->body, f->len); return 0;
	case FRAME_KEPT_DELETE: frame_put(&r->deletes, f); return 0;
	default: return -1;
	}
}

static int
recall_round(void *context, const void *record, size_t len)
{
	struct recall *r = context;
	const uint8_t *at = record;
	struct frame f;
	int rc;

	buf_reset(&r->adds);
	buf_reset(&r->deletes);
	while ((rc = frame_next(&at, &len, &f)) > 0)
		if (recall_frame(r, &f) < 0)
			return -1;
	return rc;
}

static void
undo_deletes(struct store *s, const struct buf *deletes)
{
	const uint8_t *at = (const uint8_t *)deletes->at;
	size_t len = deletes->len;
	const char *row[ROW_MAX];
	struct frame f;

	while (frame_next(&at, &len, &f) > 0)
		if (broker_store_split(f.body, f.len, row, ROW_MAX) == ROW_MAX)
			store_chat_add(s, row[0], &(struct chat_row){ row[1], row[2], row[3],
				row[4], (int64_t)f.seq, (int64_t)f.who }, (int)f.after);
}

static void
undo_adds(struct store *s, const struct buf *adds)
{
	const char *at = adds->at, *row[2]; /* room, chatId */
	size_t len = adds->len;

	while (broker_store_split(at, len, row, 2) == 2) {
		store_chat_delete(s, row[0], row[1]);
		at = row[1] + strlen(row[1]) + 1;
		len = adds->len - (size_t)(at - adds->at);
	}
}

/* Nobody was told of these; whoever wanted them added or deleted will ask again. What was both was
 * added first. */
static void
unstore(struct broker *b, const struct recall *r)
{
	if (r->adds.len + r->deletes.len == 0 || store_begin(b->store) < 0)
		return;
	undo_deletes(b->store, &r->deletes);
	undo_adds(b->store, &r->adds);
	broker_store_commit(b);
}

static void
recall_room(void *context, uint64_t room, const char *key, int history)
{
	struct broker *b = context;

	outlet_name(outlet_of(b, room), key, strlen(key));
	broker_store_chat(b, key, history);
}

/* Whoever the core does not know has had his bye, and may still have to fetch it. A session without
 * a handler to come back for it is one whose handler was just going. */
static size_t
recall_peers(struct broker *b)
{
	size_t away = 0;
	bool in_room;

	for (struct peer *p = b->registry.by_session; p; p = p->by_session.next, away++)
		p->over = !core_has(b->core, p->session, &p->room_id, &in_room);
	return away;
}

static void
recall_time(struct broker *b)
{
	int64_t then = core_now(b->core);

	if (then <= b->now)
		return;
	/* The clock was set back: time goes on from there. */
	b->clock = (struct wallclock){ .now = then, .set = true, .monotonic = now_ms() };
	b->now = then;
}

/* A core that was given half of what it was is none. */
static void
start_anew(struct broker *b)
{
	struct outlet *o, *next;

	log_line(LOG_ERROR, "ledger_refused", "why=\"not what this program writes\"");
	while (b->registry.by_session)
		peer_close(&b->registry, b->registry.by_session);
	HASH_ITER(hh, b->registry.outlets, o, next) {
		bus_topic_close(o->topic);
		outlet_close(&b->registry, o);
	}
	core_free(b->core);
	b->core = core_new(&b->rooms);
	broker_store_bans(b);
}

int
broker_recall(struct broker *b, char *why, size_t size)
{
	struct recall r = { .broker = b };
	char path[SOCKET_PATH_MAX + 1];
	size_t away, lost;
	long rounds;

	snprintf(path, sizeof path, "%s/ticket.key", b->conf.folder);
	if (ticket_key(path, b->ticket_key, why, size) < 0)
		return -1;
	broker_ledger_path(b, path);
	rounds = ledger_read(path, LEDGER_FORMAT, recall_round, &r, &lost);
	if (rounds >= 0 && lost > 0)
		log_line(LOG_ERROR, "ledger_cut", "rounds=%ld lost_bytes=%zu why=\"%s\"", rounds,
		    lost, rounds > 0 ? "what follows is not whole" : "no ledger of this version");
	if (rounds < 0 || core_restored(b->core) < 0)
		start_anew(b);
	unstore(b, &r);
	buf_fini(&r.adds);
	buf_fini(&r.deletes);
	core_each_room(b->core, recall_room, b);
	recall_time(b);
	away = recall_peers(b);
	if (away > 0) {
		b->rejoin_until = b->now + REJOIN_GRACE;
		b->metrics.recalled[0] = away;
		log_line(LOG_INFO, "recalled", "rounds=%ld connections=%zu", rounds, away);
	}
	broker_begin_ledger(b);
	return 0;
}

static void
lose(struct broker *b, const struct peer *p)
{
	b->metrics.closes[CLOSE_NOT_BACK]++;
	core_gone(b->core, p->session, bye_table[BYE_TIMEOUT].word, b->now, &b->out);
}

void
broker_forget_away(struct broker *b)
{
	struct peer *p, *tmp;

	if (b->rejoin_until == 0 || b->now < b->rejoin_until)
		return;
	b->rejoin_until = 0;
	HASH_ITER(by_session, b->registry.by_session, p, tmp) {
		if (p->pipe != 0)
			continue;
		if (!p->over)
			lose(b, p);
		broker_keep_gone(b, p->session);
		peer_close(&b->registry, p);
	}
}
