/* room_world – a room core and its clients, for tests.
 *
 * It does with the core's outputs what broker and handlers do, from the outputs alone: who is
 * in-room, who may see what, and whether the order of each room has a hole. So a test says what
 * clients do and reads what they were told. Header only: each unit test is one binary. */
#ifndef ROOM_WORLD_H
#define ROOM_WORLD_H

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "body.h"
#include "core.h"
#include "event.h"
#include "message.h"

enum { CLIENTS_MAX = 600, START = 1700000000 };

#define T0 (START * (int64_t)1000)

struct client {
	uint64_t session, room, member, number, seq;
	enum refusal refused;
	bool waiting, over, delivered;
	char you[4096];
	struct buf got; /* lines since it was last looked at, NUL-terminated */
};

static struct world {
	struct core *core;
	struct outbox out;
	int64_t now, next;
	struct client client[CLIENTS_MAX + 1]; /* from 1 */
	int clients;
	struct buf reply;
	struct buf stored; /* lines of what went to the store */
	char verify[256];  /* the last token to be verified */
	uint64_t verify_number;
	uint64_t room_seq[CLIENTS_MAX]; /* by room id */
	int open;	   /* rooms */
	bool disk_full;	   /* the store keeps nothing */
} w;

static inline int
world_begin_with(const struct core_conf *conf)
{
	memset(&w, 0, sizeof(w));
	w.core = core_new(conf);
	w.now = T0;
	return 0;
}

static inline int
world_begin(void **state)
{
	(void)state;
	return world_begin_with(NULL);
}

static inline int
world_end(void **state)
{
	(void)state;
	core_free(w.core);
	outbox_fini(&w.out);
	buf_fini(&w.reply);
	buf_fini(&w.stored);
	for (int i = 1; i <= w.clients; i++)
		buf_fini(&w.client[i].got);
	return 0;
}

static inline void
add_line(struct buf *b, const char *text, size_t n)
{
	buf_add(b, text, n);
	buf_str(b, "\n");
	buf_add(b, "", 1);
	b->len--;
}

/* Everything a client is told is of a row of the table, and of its form. */
static inline void
check_message(const char *text, size_t n)
{
	struct json_span root, name = { NULL, 0 }, payload = { NULL, 0 };
	enum message m;
	char why[128];

	assert_true(json_valid(text, n));
	root = json_root(text, n);
	json_get(root, "event", &name);
	json_get(root, "payload", &payload);
	m = message_find(name);
	if (m == MESSAGES)
		fail_msg("not in the table: %.*s", (int)n, text);
	if (body_check_exactly(message_table[m].payload, payload, why, sizeof(why)) != 0)
		fail_msg("%s in %.*s", why, (int)n, text);
}

static inline void
deliver(struct client *c, const char *text, size_t n)
{
	check_message(text, n);
	assert_null(memchr(text, '\n', n));
	assert_false(c->over);
	add_line(&c->got, text, n);
}

static inline void
deliver_state(struct client *c, const char *state, size_t n)
{
	struct buf b = BUF_INIT;

	buf_str(&b, "{\"event\":\"room_state\",\"payload\":{");
	buf_str(&b, c->you);
	buf_str(&b, "\"iceServers\":[],"); /* the broker's part */
	buf_add(&b, state, n);
	buf_str(&b, "}");
	deliver(c, b.at, b.len);
	buf_fini(&b);
}

static inline struct client *
client_of(uint64_t session)
{
	for (int i = 1; i <= w.clients; i++)
		if (w.client[i].session == session)
			return &w.client[i];
	return NULL;
}

static inline void
deliver_room(const struct out *o, const char *body)
{
	for (int i = 1; i <= w.clients; i++) {
		struct client *c = &w.client[i];

		if (c->session == 0 || c->over || c->waiting || c->room != o->room)
			continue;
		if (o->kind == OUT_STATE)
			deliver_state(c, body, o->len);
		else if (o->who != c->member)
			deliver(c, body, o->len);
	}
}

static inline void
set_you(struct client *c, const struct out *o)
{
	assert_true(o->len < sizeof(c->you));
	memcpy(c->you, w.out.bytes.at + o->at, o->len);
	c->you[o->len] = '\0';
}

/* The store's lines: kind, then the strings with blanks between them; what is deleted is named. */
static inline void
note_stored(const struct out *o, const char *body)
{
	static const char *const kinds[] = { "chat", "unchat", "forget", "ban", "unban" };
	int most = o->kind == OUT_STORE_UNCHAT ? 2 : INT_MAX;
	struct buf b = BUF_INIT;

	if (w.disk_full)
		return;
	buf_str(&b, kinds[o->kind - OUT_STORE_CHAT]);
	for (size_t at = 0; at < o->len && most-- > 0; at += strlen(body + at) + 1)
		buf_fmt(&b, " %s", body + at);
	add_line(&w.stored, b.at, b.len);
	buf_fini(&b);
}

static inline void
carry_out_direct(const struct out *o, const char *body)
{
	struct client *c = client_of(o->session);

	if (c == NULL || c->over)
		fail_msg("an output for a session that is over");
	assert_int_equal(o->seq == 0, c->waiting || o->kind == OUT_BYE || o->kind == OUT_MAILED_STATE ||
	    (o->kind == OUT_YOU && c->delivered));
	c->delivered = false;
	if (o->kind == OUT_DIRECT) {
		deliver(c, body, o->len);
	} else if (o->kind == OUT_YOU) {
		set_you(c, o);
	} else if (o->kind == OUT_MAILED_STATE) {
		deliver_state(c, body, o->len);
	} else {
		deliver(c, body, o->len);
		c->over = true;
	}
}

static inline void
check_seq(const struct out *o)
{
	if (o->seq == 0 || o->room == 0 || o->kind >= OUT_STORE_CHAT || o->kind == OUT_ADMIT)
		return;
	assert_int_equal(o->seq, w.room_seq[o->room] + 1);
	w.room_seq[o->room] = o->seq;
}

static inline void
carry_out_one(const struct out *o)
{
	const char *body = w.out.bytes.at + o->at;

	check_seq(o);
	switch (o->kind) {
	case OUT_VOID: break;
	case OUT_OPEN: w.open++; break;
	case OUT_CLOSE: w.open--; break;
	case OUT_ROOM:
	case OUT_TYPING:
	case OUT_STATE: deliver_room(o, body); break;
	case OUT_ADMIT:
		assert_int_equal(o->seq, w.room_seq[o->room]);
		client_of(o->session)->waiting = false;
		client_of(o->session)->delivered = true; /* its YOU is outside the order */
		break;
	case OUT_REPLY:
		buf_reset(&w.reply);
		if (o->len > 0)
			check_message(body, o->len);
		add_line(&w.reply, body, o->len);
		break;
	case OUT_VERIFY:
		snprintf(w.verify, sizeof(w.verify), "%.*s", (int)o->len, body);
		w.verify_number = o->number;
		break;
	case OUT_STORE_CHAT:
	case OUT_STORE_UNCHAT:
	case OUT_STORE_FORGET:
	case OUT_STORE_BAN:
	case OUT_STORE_UNBAN: note_stored(o, body); break;
	default: carry_out_direct(o, body);
	}
}

static inline void
carry_out(void)
{
	core_stored(w.core, !w.disk_full, w.now, &w.out);
	for (size_t i = 0; i < w.out.count; i++)
		carry_out_one(&w.out.list[i]);
	outbox_reset(&w.out);
}

/* Lets time pass, doing what is due when it is due. */
static inline void
pass(int64_t ms)
{
	int64_t until = w.now + ms;

	for (;;) {
		core_tick(w.core, w.now, &w.out);
		carry_out();
		w.next = core_due(w.core);
		if (w.next > until)
			break;
		w.now = w.next;
	}
	w.now = until;
	core_tick(w.core, w.now, &w.out);
	carry_out();
}

static inline struct token
token_of(const char *sub)
{
	struct token t = { .expires = T0 + 86400000, .grants = { .any_room = true } };

	snprintf(t.sub, sizeof(t.sub), "%s", sub);
	snprintf(t.name, sizeof(t.name), "%s", sub);
	return t;
}

/* The role foretold is the one that is given; only who presents is called otherwise. */
static inline void
check_role(const struct client *c, const char *foretold)
{
	char role[64];

	assert_non_null(foretold);
	snprintf(role, sizeof(role), "\"role\":\"%s\"", foretold);
	if (strstr(c->you, role) == NULL)
		assert_non_null(strstr(c->you, "\"role\":\"screenshare\""));
}

/* Joins and returns the client's number; client[n].refused says whether it is in. */
static inline int
join_with(const struct token *t, enum endpoint e, const char *room, bool takeover)
{
	struct join j = { .endpoint = e, .room = room, .token = t, .epoch = 0xabc, .takeover = takeover };
	struct client *c = &w.client[++w.clients];
	struct joined joined;
	enum refusal foretold;
	const char *role = NULL;

	assert_true(w.clients <= CLIENTS_MAX);
	foretold = core_would_admit(w.core, &j, w.now, &role);
	c->refused = core_join(w.core, &j, w.now, &joined, &w.out);
	assert_int_equal(c->refused, foretold);
	if (c->refused != REFUSED_NOT) {
		assert_null(role);
		assert_int_equal(w.out.count, 0);
		return w.clients;
	}
	set_you(c, &joined.you);
	check_role(c, role);
	deliver_state(c, w.out.bytes.at + joined.state.at, joined.state.len);
	carry_out(); /* what happened before the snapshot is not for this one */
	c->session = joined.session;
	c->room = joined.room;
	c->member = joined.member;
	c->waiting = joined.waiting;
	c->seq = joined.seq;
	assert_int_equal(joined.seq, joined.waiting ? 0 : w.room_seq[joined.room]);
	return w.clients;
}

static inline int
join(const char *sub)
{
	struct token t = token_of(sub);

	return join_with(&t, ENDPOINT_ZOOM, "r1", false);
}

static inline int
join_host(const char *sub)
{
	struct token t = token_of(sub);

	t.grants.host = true;
	return join_with(&t, ENDPOINT_ZOOM, "r1", false);
}

/* Sends text as it is; returns the reply's body ("" for none). */
static inline const char *
send_text(int client, const char *text, size_t n)
{
	struct client *c = &w.client[client];

	core_event(w.core, c->session, ++c->number, text, n, w.now, &w.out);
	buf_reset(&w.reply);
	carry_out();
	if (w.reply.len > 0)
		w.reply.at[--w.reply.len] = '\0';
	return w.reply.len > 0 ? w.reply.at : "";
}

/* Several events in one round: none is answered and carried out before carry_out. */
static inline void
round_event(int client, const char *event, const char *payload)
{
	struct client *c = &w.client[client];
	struct buf b = BUF_INIT;

	buf_fmt(&b, "{\"event\":\"%s\",\"payload\":%s,\"id\":1}", event, payload);
	core_event(w.core, c->session, ++c->number, b.at, b.len, w.now, &w.out);
	buf_fini(&b);
}

/* Sends an event with id 1. */
static inline const char *
send_event(int client, const char *event, const char *payload)
{
	struct buf b = BUF_INIT;
	const char *reply;

	buf_fmt(&b, "{\"event\":\"%s\",\"payload\":%s,\"id\":1}", event, payload);
	reply = send_text(client, b.at, b.len);
	buf_fini(&b);
	return reply;
}

static inline void
gone(int client, const char *reason)
{
	w.client[client].over = true;
	core_gone(w.core, w.client[client].session, reason, w.now, &w.out);
	carry_out();
}

/* What this client was told since the last look. */
static inline const char *
got(int client)
{
	static char text[1 << 20];
	struct buf *b = &w.client[client].got;

	assert_true(b->len < sizeof(text));
	snprintf(text, sizeof(text), "%.*s", (int)b->len, b->len > 0 ? b->at : "");
	buf_reset(b);
	return text;
}

static inline void
forget_all(void)
{
	for (int i = 1; i <= w.clients; i++)
		buf_reset(&w.client[i].got);
	buf_reset(&w.stored);
}

#define assert_has(text, part)                                                                     \
	do {                                                                                       \
		const char *text_ = (text);                                                        \
		if (strstr(text_, (part)) == NULL)                                                 \
			fail_msg("expected %s\nin %s", (part), text_);                             \
	} while (0)
#define assert_lacks(text, part)                                                                   \
	do {                                                                                       \
		const char *text_ = (text);                                                        \
		if (strstr(text_, (part)) != NULL)                                                 \
			fail_msg("did not expect %s\nin %s", (part), text_);                       \
	} while (0)
#define assert_ack(reply) assert_has((reply), "{\"event\":\"ack\",\"payload\":{")
#define assert_error(reply, word) assert_has((reply), "{\"event\":\"error\",\"payload\":{\"code\":\"" word "\"")

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_begin, world_end)

#endif
