/* broker_keep – what is written down, so that a broker can go on where this one was killed. See
 * broker.h.
 *
 * Everything that handlers are promised is written to the ledger before any of them sees it: the
 * core's state, the rooms' orders, mail that was not fetched, answers that may not have arrived. A
 * record of the ledger is one round, as frames (frame.h). Without a ledger, as on
 * a full disk, the broker goes on, and a crash costs the connections; once there is room again it
 * begins another. */
#include "broker_keep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"

static void
put_peer(struct buf *to, const struct peer *p)
{
	struct kept_peer body = { .missed = p->missed, .expires = p->expires,
		.joined = p->joined, .pid = p->pid };
	size_t begin = frame_begin(to, &(struct frame){ .kind = FRAME_KEPT_PEER,
		.session = p->session, .seq = p->since, .who = p->member, .after = p->room_id });

	memcpy(body.name, p->name, sizeof body.name);
	memcpy(body.key, p->key, sizeof body.key);
	memcpy(body.connection, p->connection, sizeof body.connection);
	memcpy(body.address, p->address, sizeof body.address);
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

/* The frame that began there is ended, or was never begun if nothing is in it. */
static void
end_unless_empty(struct buf *to, size_t begin)
{
	if (to->len == begin + FRAME_HEAD)
		to->len = begin;
	else
		frame_end(to, begin);
}

static void
put_core(struct broker *b, struct buf *to, void (*keep)(struct core *, struct buf *))
{
	size_t begin = frame_begin(to, &(struct frame){ .kind = FRAME_KEPT_CORE });

	keep(b->core, to);
	end_unless_empty(to, begin);
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
			.seq = 1, .who = p->mail.last, .body = p->mail.frames.at,
			.len = p->mail.frames.len });
		frame_put(to, &(struct frame){ .kind = FRAME_KEPT_ANSWERS, .session = p->session,
			.who = p->answers.forgotten, .body = p->answers.frames.at,
			.len = p->answers.frames.len });
	}
}

void
broker_ledger_path(const struct broker *b, char path[SOCKET_PATH_MAX + 1])
{
	snprintf(path, SOCKET_PATH_MAX + 1, "%s/ledger", b->conf.folder);
}

/* Said once: until another one is begun a crash costs the connections. */
static void
give_up(struct broker *b, const char *why)
{
	char path[SOCKET_PATH_MAX + 1];

	broker_ledger_path(b, path);
	if (!b->ledger_lost)
		log_line(LOG_ERROR, "ledger_lost", "path=%s why=\"%s\"", path, why);
	b->ledger_lost = true;
	ledger_close(b->ledger);
	b->ledger = NULL;
	ledger_remove(path);
}

static struct ledger *
open_ledger(struct broker *b, char *why, size_t size)
{
	char path[SOCKET_PATH_MAX + 1];
	struct ledger *fresh = NULL;
	struct buf all = BUF_INIT;

	broker_ledger_path(b, path);
	put_snapshot(b, &all);
	if (buf_failed(&all))
		snprintf(why, size, "out of memory");
	else
		fresh = ledger_open(path, LEDGER_FORMAT, all.at, all.len, why, size);
	buf_fini(&all);
	return fresh;
}

/* Where there is no room for a new one, an old one is still good. */
void
broker_begin_ledger(struct broker *b)
{
	char why[256];
	struct ledger *fresh = open_ledger(b, why, sizeof why);

	b->ledger_at = b->now + LEDGER_RETRY;
	if (fresh) {
		ledger_close(b->ledger);
		b->ledger = fresh;
		if (b->ledger_lost)
			log_line(LOG_INFO, "ledger_again", "connections=%u",
			    (unsigned)HASH_CNT(by_session, b->registry.by_session));
		b->ledger_lost = false;
	} else if (!b->ledger) {
		give_up(b, why);
	}
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
	if ((!b->ledger || ledger_is_long(b->ledger)) && b->now >= b->ledger_at)
		broker_begin_ledger(b);
}

static void
put_adds(struct broker *b, struct buf *record)
{
	size_t begin = frame_begin(record, &(struct frame){ .kind = FRAME_KEPT_ADDS });

	for (size_t i = 0; i < b->out.count; i++) {
		const struct out *o = &b->out.list[i];
		const char *row = b->out.bytes.at + o->at;
		size_t n;

		if (o->kind != OUT_STORE_CHAT || o->number != 0)
			continue;
		n = strlen(row) + 1; /* the room; then the chatId */
		buf_add(record, row, n + strlen(row + n) + 1);
	}
	end_unless_empty(record, begin);
}

static void
put_deletes(struct broker *b, struct buf *record)
{
	for (size_t i = 0; i < b->out.count; i++) {
		const struct out *o = &b->out.list[i];

		if (o->kind == OUT_STORE_UNCHAT)
			frame_put(record, &(struct frame){ .kind = FRAME_KEPT_DELETE,
				.seq = o->seq, .who = o->number, .after = o->who,
				.body = b->out.bytes.at + o->at, .len = o->len });
	}
}

/* Between the store's commit and the ledger's record of the same round a crash would leave chat
 * that nobody has said, and without chat that nobody knows to be deleted. So that is announced. */
void
broker_keep_plans(struct broker *b)
{
	struct buf record = BUF_INIT;

	put_adds(b, &record);
	put_deletes(b, &record);
	append(b, &record);
	buf_fini(&record);
}
