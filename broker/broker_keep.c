/* broker_keep – what a broker needs to go on where another one was killed. See broker.h.
 *
 * Everything that handlers are promised is written to the ledger before any of them sees it: the
 * core's state, the rooms' orders, mail that was not fetched, answers that may not have arrived. A
 * record of the ledger is one round, as frames (frame.h). Without a ledger, as on
 * a full disk, the broker goes on, and a crash costs the connections. */
#include "broker.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bounds.h"

struct kept_peer {
	uint64_t missed;
	int64_t expires;
	uint8_t name[TICKET_NAME];
	char key[PEER_KEY_MAX + 1];
	char connection[CONNECTION_ID_MAX + 1];
};

enum { FORMAT = KEEP_FORMAT << 16 | FRAME_VERSION << 8 | 1 };

/* Writing. */

static void
put_peer(struct buf *to, const struct peer *p)
{
	struct kept_peer body = { .missed = p->missed, .expires = p->expires };
	size_t begin = frame_begin(to, &(struct frame){ .kind = FRAME_KEPT_PEER, .session = p->session,
		.seq = p->since, .who = p->member, .after = p->room_id });

	memcpy(body.name, p->name, sizeof body.name);
	memcpy(body.key, p->key, sizeof body.key);
	memcpy(body.connection, p->connection, sizeof body.connection);
	buf_add(to, &body, sizeof body);
	buf_add(to, p->sub, strlen(p->sub) + 1);
	frame_end(to, begin);
}

void
broker_keep_peer(struct broker *b, const struct peer *p)
{
	put_peer(&b->round, p);
}

void
broker_keep_gone(struct broker *b, uint64_t session)
{
	frame_put(&b->round, &(struct frame){ .kind = FRAME_KEPT_GONE, .session = session });
}

void
broker_keep_closed(struct broker *b, uint64_t room)
{
	frame_put(&b->round, &(struct frame){ .kind = FRAME_KEPT_CLOSED, .after = room });
}

void
broker_keep_said(struct broker *b, uint64_t room, const struct frame *f)
{
	struct frame kept = *f;

	kept.after = room;
	if (f->kind != FRAME_ROOM && f->kind != FRAME_STATE && f->kind != FRAME_DIRECT)
		kept.len = 0;
	frame_put(&b->round, &kept);
}

/* One frame of mail: its number is known now. */
void
broker_keep_mail(struct broker *b, const struct peer *p, const struct frame *f)
{
	struct frame numbered = *f;
	size_t begin = frame_begin(&b->round, &(struct frame){ .kind = FRAME_KEPT_MAIL,
		.session = p->session, .seq = p->mail.frames.len == FRAME_HEAD + f->len,
		.who = p->mail.last });

	numbered.who = p->mail.last;
	frame_put(&b->round, &numbered);
	frame_end(&b->round, begin);
}

void
broker_keep_fetched(struct broker *b, const struct peer *p, uint64_t received)
{
	frame_put(&b->round, &(struct frame){ .kind = FRAME_KEPT_FETCHED, .session = p->session,
		.who = received });
}

void
broker_keep_answer(struct broker *b, const struct peer *p, const struct frame *f)
{
	size_t begin = frame_begin(&b->round, &(struct frame){ .kind = FRAME_KEPT_ANSWERS,
		.session = p->session, .who = p->answers.forgotten });

	frame_put(&b->round, f);
	frame_end(&b->round, begin);
}

static void
put_core(struct broker *b, struct buf *to, void (*keep)(struct core *, struct buf *))
{
	size_t begin = frame_begin(to, &(struct frame){ .kind = FRAME_KEPT_CORE });

	keep(b->core, to);
	if (to->len == begin + FRAME_HEAD)
		to->len = begin;
	else
		frame_end(to, begin);
}

/* Everything, in the place of all that was written so far. */
static void
put_snapshot(struct broker *b, struct buf *to)
{
	put_core(b, to, core_keep_all);
	for (struct outlet *o = b->registry.outlets; o; o = o->hh.next)
		channel_dump(&o->channel, o->room, to);
	for (struct peer *p = b->registry.by_session; p; p = p->by_session.next) {
		put_peer(to, p);
		frame_put(to, &(struct frame){ .kind = FRAME_KEPT_MAIL, .session = p->session,
			.seq = 1, .who = p->mail.last, .body = p->mail.frames.at, .len = p->mail.frames.len });
		frame_put(to, &(struct frame){ .kind = FRAME_KEPT_ANSWERS, .session = p->session,
			.who = p->answers.forgotten, .body = p->answers.frames.at,
			.len = p->answers.frames.len });
	}
}

static void
ledger_path(const struct broker *b, char path[SOCKET_PATH_MAX + 1])
{
	snprintf(path, SOCKET_PATH_MAX + 1, "%s/ledger", b->conf.folder);
}

/* Said once: from here on a crash costs the connections. */
static void
give_up(struct broker *b, const char *why)
{
	char path[SOCKET_PATH_MAX + 1];

	ledger_path(b, path);
	log_line(LOG_ERROR, "ledger_lost", "path=%s why=\"%s\"", path, why);
	ledger_close(b->ledger);
	b->ledger = NULL;
	ledger_remove(path);
}

static void
begin_ledger(struct broker *b)
{
	char path[SOCKET_PATH_MAX + 1], why[256];
	struct buf all = BUF_INIT;

	ledger_close(b->ledger);
	ledger_path(b, path);
	put_snapshot(b, &all);
	if (buf_failed(&all))
		snprintf(why, sizeof why, "out of memory");
	b->ledger = buf_failed(&all) ? NULL :
	    ledger_open(path, FORMAT, all.at, all.len, why, sizeof why);
	buf_fini(&all);
	if (!b->ledger)
		give_up(b, why);
}

static void
append(struct broker *b, const struct buf *record)
{
	if (!b->ledger || record->len == 0)
		return;
	if (buf_failed(record))
		errno = ENOMEM;
	if (buf_failed(record) || ledger_append(b->ledger, record->at, record->len) < 0)
		give_up(b, strerror(errno));
}

void
broker_keep(struct broker *b)
{
	put_core(b, &b->round, core_keep);
	append(b, &b->round);
	if (b->round.cap > BATCH_BYTES)
		buf_fini(&b->round);
	buf_reset(&b->round);
	b->round.failed = false;
	if (b->ledger && ledger_is_long(b->ledger))
		begin_ledger(b);
}

/* Between the store's commit and the ledger's record of the same round a crash would leave chat that
 * nobody has said. So that is announced. */
void
broker_keep_adds(struct broker *b)
{
	struct buf record = BUF_INIT;
	size_t begin = frame_begin(&record, &(struct frame){ .kind = FRAME_KEPT_ADDS });

	for (size_t i = 0; i < b->out.count; i++) {
		const struct out *o = &b->out.list[i];
		const char *row = b->out.bytes.at + o->at;
		size_t n;

		if (o->kind != OUT_STORE_CHAT || o->number != 0)
			continue;
		n = strlen(row) + 1; /* the room; then the chatId */
		buf_add(&record, row, n + strlen(row + n) + 1);
	}
	frame_end(&record, begin);
	if (record.len > FRAME_HEAD)
		append(b, &record);
	buf_fini(&record);
}

/* Reading. */

struct recall {
	struct broker *broker;
	struct buf adds; /* announced by the last record; the round itself did not follow */
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
	peer_name(p, body.key, (const char *)f->body + sizeof body);
	memcpy(p->connection, body.connection, sizeof p->connection);
	memcpy(p->name, body.name, sizeof p->name);
	p->missed = body.missed;
	p->expires = body.expires;
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
		field_str(&fields, FIELD_BUS, bus_topic_path(o->topic));
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
	while ((rc = frame_next(&at, &len, &f)) > 0)
		if (recall_frame(r, &f) < 0)
			return -1;
	return rc;
}

/* Nobody was told of these; whoever wanted to add them will ask again. */
static void
unstore(struct broker *b, const struct buf *adds)
{
	const char *at = adds->at, *end = at + adds->len;

	if (adds->len == 0 || store_begin(b->store) < 0)
		return;
	while (at < end) {
		const char *id = at + strlen(at) + 1;

		store_chat_delete(b->store, at, id);
		at = id + strlen(id) + 1;
	}
	broker_store_commit(b);
}

static void
recall_room(void *context, uint64_t room, const char *key, int history)
{
	struct broker *b = context;

	outlet_of(b, room);
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
	struct timespec t;
	int64_t then = core_now(b->core);

	if (then <= b->now)
		return;
	clock_gettime(CLOCK_MONOTONIC, &t); /* the clock was set back: time goes on from there */
	b->clock = (struct wallclock){ .now = then, .set = true,
		.monotonic = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 };
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
	size_t away;
	long rounds;

	snprintf(path, sizeof path, "%s/ticket.key", b->conf.folder);
	if (ticket_key(path, b->ticket_key, why, size) < 0)
		return -1;
	ledger_path(b, path);
	rounds = ledger_read(path, FORMAT, recall_round, &r);
	if (rounds < 0)
		start_anew(b);
	core_restored(b->core);
	unstore(b, &r.adds);
	buf_fini(&r.adds);
	core_each_room(b->core, recall_room, b);
	recall_time(b);
	away = recall_peers(b);
	if (away > 0) {
		b->rejoin_until = b->now + REJOIN_GRACE;
		log_line(LOG_INFO, "recalled", "rounds=%ld connections=%zu", rounds, away);
	}
	begin_ledger(b);
	return 0;
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
			core_gone(b->core, p->session, bye_table[BYE_TIMEOUT].word, b->now, &b->out);
		broker_keep_gone(b, p->session);
		peer_close(&b->registry, p);
	}
}
