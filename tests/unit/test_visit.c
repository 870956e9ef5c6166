/* test_visit – the handler's conversation with the broker, against a broker made of this test: it
 * can do at will what a real one does rarely, and say what a real one never would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "visit.h"

enum { SESSION = 5, MEMBER = 3, SEQ = 10 };

static char folder[32];
static struct sockaddr_un door_at, bus_at;
static int door_listener, bus_listener;
static struct sp control, bus; /* the broker's ends */
static struct visit v;
static struct outq out;
static int client; /* what the client reads */
static int64_t now;

static int
listen_at(struct sockaddr_un *at, const char *name)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(at->sun_path, sizeof at->sun_path, "%s/%s", folder, name);
	assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof *at), 0);
	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static void
begin(bool delta)
{
	struct buf join = BUF_INIT;

	frame_put(&join, &(struct frame){ .kind = FRAME_JOIN, .body = "secret", .len = 6 });
	visit_begin(&v, door_at.sun_path, &join, &out, delta, now);
	assert_null(join.at);
}

static int
start(void **state)
{
	int fds[2];

	(void)state;
	strcpy(folder, "/tmp/bk.XXXXXX");
	assert_non_null(mkdtemp(folder));
	door_listener = listen_at(&door_at, "door");
	bus_listener = listen_at(&bus_at, "bus");
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	client = fds[0];
	outq_init(&out, fds[1], OUT_QUEUE_MAX);
	control.fd = bus.fd = -1;
	now = 1000;
	begin(false);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	visit_fini(&v);
	outq_fini(&out);
	sp_close(&control);
	sp_close(&bus);
	close(out.fd);
	close(client);
	close(door_listener);
	close(bus_listener);
	unlink(door_at.sun_path);
	unlink(bus_at.sun_path);
	rmdir(folder);
	return 0;
}

static void
accept_as(struct sp *s, int listener, enum sp_protocol protocol)
{
	const uint8_t greeting[SP_GREETING] = { 0, 'S', 'P', 0, 0, (uint8_t)protocol, 0, 0 };

	sp_init(s, protocol, BUS_MESSAGE_MAX);
	s->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	assert_true(s->fd >= 0);
	buf_add(&s->out, greeting, sizeof greeting);
	assert_int_equal(sp_write(s), 0);
}

/* The visit does what it can without waiting. */
static void
run(void)
{
	for (int i = 0; i < 5; i++) {
		struct pollfd fds[LINKS];

		visit_advance(&v, now);
		visit_poll(&v, fds);
		poll(fds, LINKS, 0);
		visit_serve(&v, fds, now);
	}
}

/* A request as the broker reads it. */
struct asking {
	uint32_t id;
	struct frame frame[32];
	size_t frames;
};

static bool
next_request(struct asking *r)
{
	const uint8_t *body;
	uint32_t none;
	size_t len;
	int rc;

	run();
	if (control.fd < 0)
		accept_as(&control, door_listener, SP_REP);
	if (sp_next(&control, &none, &body, &len) == 0) {
		sp_read(&control);
		if (sp_next(&control, &none, &body, &len) == 0)
			return false;
	}
	r->id = (uint32_t)(body[0] & 0x7f) << 24 | (uint32_t)body[1] << 16 |
		(uint32_t)body[2] << 8 | body[3];
	body += SP_ID;
	len -= SP_ID;
	for (r->frames = 0; (rc = frame_next(&body, &len, &r->frame[r->frames])) > 0; r->frames++)
		;
	assert_int_equal(rc, 0);
	return true;
}

static void
expect_request(struct asking *r, enum frame_kind kind)
{
	assert_true(next_request(r));
	assert_int_equal(r->frame[0].kind, kind);
}

static void
send_as(struct sp *s, uint32_t id, const struct buf *frames)
{
	s->protocol = SP_REQ; /* a reply is framed as a request is */
	assert_int_equal(sp_send(s, id, frames->at, frames->len), 0);
	s->protocol = SP_REP;
	assert_int_equal(sp_write(s), 0);
	run();
}

/* Answers with these frames. */
static void
reply_with(uint32_t id, const struct frame *frames, size_t n)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		frame_put(&b, &frames[i]);
	send_as(&control, id, &b);
	buf_fini(&b);
}
#define REPLY(id, ...) reply_with(id, (const struct frame[]){ __VA_ARGS__ }, \
	sizeof((const struct frame[]){ __VA_ARGS__ }) / sizeof(struct frame))
#define BODY(text) .body = text, .len = sizeof(text) - 1

static void
publish(enum frame_kind kind, uint64_t seq, uint64_t who, const char *text)
{
	uint8_t head[SP_HEAD] = { 1 };
	struct buf b = BUF_INIT;

	frame_put(
	    &b, &(struct frame){
		    .kind = kind, .seq = seq, .who = who, .body = text, .len = strlen(text) });
	head[7] = (uint8_t)(b.len >> 8);
	head[8] = (uint8_t)b.len;
	buf_add(&bus.out, head, sizeof head);
	buf_add(&bus.out, b.at, b.len);
	assert_int_equal(sp_write(&bus), 0);
	buf_fini(&b);
	run();
}

/* Lets the visit in; the POLL is left unanswered, its id is returned. */
static uint32_t
let_in(void)
{
	struct buf fields = BUF_INIT;
	struct asking r;

	expect_request(&r, FRAME_JOIN);
	field_str(&fields, FIELD_BUS, bus_at.sun_path);
	REPLY(r.id,
	    { .kind = FRAME_WELCOME,
		.session = SESSION,
		.seq = SEQ,
		.who = MEMBER,
		.body = fields.at,
		.len = fields.len },
	    { .kind = FRAME_YOU, BODY("\"role\":\"host\",") },
	    { .kind = FRAME_STATE, .seq = SEQ, BODY("\"roomId\":\"r\"},\"seq\":10") });
	buf_fini(&fields);
	expect_request(&r, FRAME_POLL);
	accept_as(&bus, bus_listener, SP_PUB);
	run();
	return r.id;
}

/* What the client has read since the last look. */
static void
client_reads(const char *expected)
{
	static char got[65536];
	ssize_t n;

	assert_int_equal(outq_flush(&out), 0);
	n = read(client, got, sizeof got - 1);
	got[n < 0 ? 0 : n] = '\0';
	assert_string_equal(got, expected);
}

#define FIRST_STATE \
	"{\"event\":\"room_state\",\"payload\":{\"role\":\"host\",\"roomId\":\"r\"},\"seq\":10}\n"

static void
event(const char *text)
{
	visit_take_event(&v, (struct json_span){ text, strlen(text) });
}

static void
the_first_thing_a_client_reads_is_room_state(void **state)
{
	(void)state;
	assert_false(visit_wants_event(&v));
	let_in();
	client_reads(FIRST_STATE);
	assert_true(visit_wants_event(&v));
	assert_int_equal(v.stage, VISIT_INSIDE);
}

/* A core dump or a reused page must not hand out tokens. */
static void
the_join_is_wiped_once_it_is_sent(void **state)
{
	(void)state;
	let_in();
	assert_null(v.join.at);
	assert_null(v.link.sp[LINK_CONTROL].out.at);
}

/* The broker takes who asks nothing for gone. */
static void
a_poll_is_said_again_after_a_silence(void **state)
{
	struct asking r;
	uint32_t first;

	(void)state;
	visit_be_heard(&v, 300);
	first = let_in();
	now += 299;
	assert_false(next_request(&r));
	event("{\"event\":\"ping\"}");
	expect_request(&r, FRAME_EVENT); /* which counts as well */
	now += 299;
	assert_false(next_request(&r));
	now += 1;
	expect_request(&r, FRAME_POLL);
	now += 3000;
	assert_false(next_request(&r)); /* the broker does not answer: not one more */
	reply_with(first, NULL, 0);
	expect_request(&r, FRAME_POLL);
	reply_with(r.id, NULL, 0);
	assert_int_equal(v.stage, VISIT_INSIDE);
}

/* A room says 3 MB at once: more than a queue holds, and no fault of who reads them. */
static char long_text[60001];
enum { LONG_ONES = 50 };

static void
let_in_and_publish_much(void)
{
	memset(long_text, 'x', sizeof long_text - 1);
	let_in();
	for (int i = 1; i <= LONG_ONES; i++)
		publish(FRAME_ROOM, SEQ + (uint64_t)i, 0, long_text);
}

static void
what_comes_at_once_is_told_as_the_client_reads(void **state)
{
	static char got[65536];
	size_t all = 0, expected = sizeof FIRST_STATE - 1 + LONG_ONES * sizeof long_text;
	ssize_t n;

	(void)state;
	let_in_and_publish_much();
	for (int i = 0; i < 1000 && all < expected; i++) {
		assert_int_equal(outq_flush(&out), 0);
		assert_true(outq_waiting(&out) < OUT_QUEUE_MAX / 2);
		while ((n = read(client, got, sizeof got)) > 0)
			all += (size_t)n;
		assert_int_equal(sp_write(&bus), 0);
		run();
	}
	assert_int_equal(all, expected);
	assert_int_equal(v.stage, VISIT_INSIDE);
	assert_false(visit_awaits_client(&v));
}

static void
a_refusal_ends_the_visit_with_its_word(void **state)
{
	struct buf fields = BUF_INIT;
	struct asking r;

	(void)state;
	expect_request(&r, FRAME_JOIN);
	field_str(&fields, FIELD_WORD, "token_expired");
	field_str(&fields, FIELD_MESSAGE, "too late");
	REPLY(r.id, { .kind = FRAME_REFUSED, .body = fields.at, .len = fields.len });
	buf_fini(&fields);
	assert_int_equal(v.stage, VISIT_OVER);
	assert_int_equal(v.parting.refusal, REFUSED_TOKEN_EXPIRED);
	assert_string_equal(v.parting.message, "too late");
}

static void
nobody_at_the_door_is_unavailable(void **state)
{
	(void)state;
	unlink(door_at.sun_path);
	run();
	assert_int_equal(v.stage, VISIT_OVER);
	assert_int_equal(v.parting.bye, BYE_UNAVAILABLE);
}

static void
a_broker_that_never_answers_is_unavailable(void **state)
{
	(void)state;
	run();
	assert_int_equal(v.stage, VISIT_JOINING);
	now += 60000;
	run();
	assert_int_equal(v.parting.bye, BYE_UNAVAILABLE);
}

/* Many handlers start at once after a restart. */
static void
a_full_backlog_is_knocked_at_again(void **state)
{
	int others[64];
	size_t n = 0;

	(void)state;
	for (; n < 64; n++) {
		others[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(others[n], (struct sockaddr *)&door_at, sizeof door_at) < 0)
			break;
	}
	assert_true(n < 64);
	run();
	assert_int_equal(v.stage, VISIT_KNOCKING);
	for (size_t i = 0; i < n; i++)
		close(accept(door_listener, NULL, NULL));
	now += 10;
	run();
	assert_int_equal(v.stage, VISIT_JOINING);
	for (size_t i = 0; i <= n; i++)
		close(others[i]);
}

static void
events_of_one_read_travel_together_and_are_answered_each(void **state)
{
	struct asking r;

	(void)state;
	let_in();
	client_reads(FIRST_STATE);
	event("{\"event\":\"a\"}");
	event("{\"event\":\"b\"}");
	expect_request(&r, FRAME_EVENT);
	assert_int_equal(r.frames, 2);
	assert_int_equal(r.frame[0].session, SESSION);
	assert_int_equal(r.frame[0].seq, 1);
	assert_int_equal(r.frame[1].seq, 2);
	assert_memory_equal(r.frame[1].body, "{\"event\":\"b\"}", r.frame[1].len);
	assert_int_equal(v.under_way, 2);
	REPLY(r.id, { .kind = FRAME_REPLY, .session = SESSION, .seq = 1 },
	    { .kind = FRAME_REPLY, .session = SESSION, .seq = 2, BODY("{\"event\":\"ack\"}") });
	client_reads("{\"event\":\"ack\"}\n");
	assert_int_equal(v.under_way, 0);
}

static void
of_a_client_with_batches_later_events_travel_together(void **state)
{
	struct asking first, r;

	(void)state;
	out.batch = true;
	let_in();
	event("{\"event\":\"a\"}");
	expect_request(&first, FRAME_EVENT);
	event("{\"event\":\"b\"}");
	expect_request(&r, FRAME_EVENT);
	event("{\"event\":\"c\"}");
	assert_false(next_request(&r));
	event("{\"event\":\"d\"}");
	assert_false(next_request(&r));
	REPLY(first.id, { .kind = FRAME_REPLY, .session = SESSION, .seq = 1 });
	expect_request(&r, FRAME_EVENT);
	assert_int_equal(r.frames, 2);
	assert_int_equal(r.frame[0].seq, 3);
	assert_int_equal(r.frame[1].seq, 4);
}

static void
the_window_bounds_what_is_under_way(void **state)
{
	static char big[MESSAGE_MAX];
	struct asking r;
	unsigned events = 0, requests = 0;

	(void)state;
	let_in();
	memset(big, ' ', sizeof big);
	while (visit_wants_event(&v)) {
		visit_take_event(&v, (struct json_span){ big, sizeof big });
		events++;
	}
	assert_int_equal(events, EVENT_WINDOW);
	for (int i = 0; i < 200 && events > 0; i++) {
		if (!next_request(&r))
			continue;
		requests++;
		assert_in_range(r.frames, 1, REQUEST_MAX / MESSAGE_MAX);
		events -= (unsigned)r.frames;
	}
	assert_int_equal(events, 0);
	assert_true(requests > 1);
}

static void
mail_is_acknowledged_by_the_next_poll_and_told_once(void **state)
{
	struct asking r;

	(void)state;
	uint32_t poll_id = let_in();
	client_reads(FIRST_STATE);
	REPLY(poll_id, { .kind = FRAME_DIRECT, .who = 1, BODY("m1") },
	    { .kind = FRAME_DIRECT, .who = 2, BODY("m2") });
	client_reads("m1\nm2\n");
	expect_request(&r, FRAME_POLL);
	assert_int_equal(r.frame[0].who, 2);
	REPLY(r.id, { .kind = FRAME_DIRECT, .who = 2, BODY("m2") },
	    { .kind = FRAME_DIRECT, .who = 3, BODY("m3") });
	client_reads("m3\n");
	expect_request(&r, FRAME_POLL);
	assert_false(next_request(&r)); /* one is enough */
}

static void
publications_reach_the_client_but_not_their_sender(void **state)
{
	(void)state;
	let_in();
	client_reads(FIRST_STATE);
	publish(FRAME_ROOM, SEQ + 1, 0, "all");
	publish(FRAME_ROOM, SEQ + 2, MEMBER, "not me");
	publish(FRAME_ROOM, SEQ + 3, MEMBER + 1, "me");
	publish(FRAME_STATE, SEQ + 4, 0, "\"x\":1}");
	client_reads("all\nme\n{\"event\":\"room_state\",\"payload\":{\"role\":\"host\",\"x\":1}}\n");
}

static void
with_delta_only_the_first_room_state_comes(void **state)
{
	(void)state;
	visit_fini(&v);
	begin(true);
	let_in();
	publish(FRAME_STATE, SEQ + 1, 0, "\"x\":1}");
	publish(FRAME_ROOM, SEQ + 2, 0, "next");
	client_reads(FIRST_STATE "next\n");
}

/* A waiter who gives up is told to nobody but by the state; whichever state that is. */
static void
with_delta_a_room_state_comes_where_it_says_of_the_lobby_what_no_event_did(void **state)
{
	(void)state;
	visit_fini(&v);
	begin(true);
	let_in();
	client_reads(FIRST_STATE);
	publish(FRAME_STATE, SEQ + 1, 7, "\"x\":1}");
	client_reads("{\"event\":\"room_state\",\"payload\":{\"role\":\"host\",\"x\":1}}\n");
	publish(FRAME_STATE, SEQ + 2, 7, "\"x\":2}");
	publish(FRAME_ROOM, SEQ + 3, 0, "next");
	client_reads("next\n");
}

static void
a_hole_on_the_bus_is_replayed(void **state)
{
	struct asking r;

	(void)state;
	let_in();
	client_reads(FIRST_STATE);
	publish(FRAME_ROOM, SEQ + 3, 0, "c");
	expect_request(&r, FRAME_REPLAY);
	assert_int_equal(r.frame[0].seq, SEQ + 1);
	client_reads("");
	REPLY(r.id, { .kind = FRAME_ROOM, .seq = SEQ + 1, BODY("a") },
	    { .kind = FRAME_VOID, .seq = SEQ + 2 });
	client_reads("a\nc\n");
}

static void
what_the_ring_has_lost_ends_the_visit_openly(void **state)
{
	struct asking r;

	(void)state;
	let_in();
	publish(FRAME_ROOM, SEQ + 3000, 0, "z");
	expect_request(&r, FRAME_REPLAY);
	REPLY(r.id, { .kind = FRAME_LOST });
	assert_int_equal(v.parting.bye, BYE_SLOW_CONSUMER);
}

static void
a_bus_that_breaks_is_opened_again_and_asked_about(void **state)
{
	struct asking r;

	(void)state;
	let_in();
	client_reads(FIRST_STATE);
	sp_close(&bus);
	run();
	assert_int_equal(v.stage, VISIT_INSIDE);
	now += 200;
	expect_request(&r, FRAME_REPLAY);
	accept_as(&bus, bus_listener, SP_PUB);
	REPLY(r.id, { .kind = FRAME_ROOM, .seq = SEQ + 1, BODY("a") });
	publish(FRAME_ROOM, SEQ + 2, 0, "b");
	client_reads("a\nb\n");
}

static void
a_waiter_has_mail_and_no_bus_until_admitted(void **state)
{
	struct buf fields = BUF_INIT;
	struct asking r;

	(void)state;
	expect_request(&r, FRAME_JOIN);
	REPLY(r.id, { .kind = FRAME_WELCOME, .session = SESSION, .who = MEMBER },
	    { .kind = FRAME_YOU, BODY("\"role\":\"waiting\",") },
	    { .kind = FRAME_STATE, BODY("\"n\":1}") });
	client_reads("{\"event\":\"room_state\",\"payload\":{\"role\":\"waiting\",\"n\":1}}\n");
	assert_false(link_is_open(&v.link, LINK_BUS));
	expect_request(&r, FRAME_POLL);
	field_str(&fields, FIELD_BUS, bus_at.sun_path);
	REPLY(r.id, { .kind = FRAME_ADMITTED, .who = 1, .seq = SEQ, .body = fields.at, .len = fields.len },
	    { .kind = FRAME_YOU, .who = 2, BODY("\"role\":\"participant\",") },
	    { .kind = FRAME_MAILED_STATE, .who = 3, BODY("\"n\":2}") });
	buf_fini(&fields);
	client_reads("{\"event\":\"room_state\",\"payload\":{\"role\":\"participant\",\"n\":2}}\n");
	accept_as(&bus, bus_listener, SP_PUB);
	publish(FRAME_ROOM, SEQ + 1, 0, "a");
	client_reads("a\n");
}

static void
the_brokers_bye_is_handed_on_with_its_reason(void **state)
{
	(void)state;
	uint32_t poll_id = let_in();
	client_reads(FIRST_STATE);
	REPLY(poll_id,
	    { .kind = FRAME_BYE,
		.who = 1,
		BODY("{\"event\":\"bye\",\"payload\":{\"reason\":\"kicked\"}}") },
	    { .kind = FRAME_DIRECT, .who = 2, BODY("nothing follows") });
	client_reads("{\"event\":\"bye\",\"payload\":{\"reason\":\"kicked\"}}\n");
	assert_true(v.parting.told);
	assert_string_equal(v.parting.reason, "kicked");
}

/* A bye overtakes what waits for a hole to be filled. Who is sent away for good gets that first; who
 * comes back gets it then, in order and after what was in the hole. */
static void
say_bye_over_a_hole(const char *bye)
{
	uint32_t poll_id = let_in();

	client_reads(FIRST_STATE);
	REPLY(poll_id, { .kind = FRAME_DIRECT, .who = 1, .seq = SEQ + 3, .after = SEQ + 2,
		BODY("signal") },
	    { .kind = FRAME_BYE, .who = 2, .body = bye, .len = strlen(bye) });
}

static void
a_final_bye_is_the_last_word_after_all_that_has_come(void **state)
{
	(void)state;
	say_bye_over_a_hole("{\"event\":\"bye\",\"payload\":{\"reconnect\":false}}");
	client_reads("signal\n{\"event\":\"bye\",\"payload\":{\"reconnect\":false}}\n");
}

#define FINAL "{\"event\":\"bye\",\"payload\":{\"reconnect\":false}}"

/* What the room said before the bye was for this client too; the broker tells that much still. */
static void
say_final_bye_after(uint64_t seq, struct asking *r)
{
	uint32_t poll_id = let_in();

	client_reads(FIRST_STATE);
	REPLY(poll_id, { .kind = FRAME_BYE, .who = 1, .after = seq, BODY(FINAL) });
	now += SYNC_PATIENCE;
	expect_request(r, FRAME_REPLAY);
	assert_int_equal(r->frame[0].seq, SEQ + 1);
	client_reads("");
}

static void
a_final_bye_waits_for_what_was_said_before_it(void **state)
{
	struct asking r;

	(void)state;
	say_final_bye_after(SEQ + 2, &r);
	REPLY(r.id, { .kind = FRAME_ROOM, .seq = SEQ + 1, BODY("a") },
	    { .kind = FRAME_ROOM, .seq = SEQ + 2, BODY("b") });
	client_reads("a\nb\n" FINAL "\n");
	assert_true(v.parting.told);
}

static void
a_final_bye_is_told_when_what_was_before_it_is_lost(void **state)
{
	struct asking r;

	(void)state;
	say_final_bye_after(SEQ + 2, &r);
	REPLY(r.id, { .kind = FRAME_LOST });
	client_reads(FINAL "\n");
	assert_true(v.parting.told);
}

#define REPLACED "{\"event\":\"bye\",\"payload\":{\"reason\":\"replaced\",\"reconnect\":false}}"

/* It is taken for a slow consumer only while it is inside. */
static void
who_asks_for_more_when_it_is_over_ends_with_the_brokers_bye(void **state)
{
	struct asking r;
	uint32_t poll_id;

	(void)state;
	poll_id = let_in();
	client_reads(FIRST_STATE);
	publish(FRAME_ROOM, SEQ + 2, 0, "z");
	now += SYNC_PATIENCE;
	expect_request(&r, FRAME_REPLAY);
	REPLY(r.id, { .kind = FRAME_LOST, .who = 1 });
	assert_int_equal(v.stage, VISIT_INSIDE);
	now += 1000;
	assert_false(next_request(&r)); /* nor does it ask again */
	REPLY(poll_id, { .kind = FRAME_BYE, .who = 1, .after = SEQ + 2, BODY(REPLACED) });
	client_reads("z\n" REPLACED "\n");
	assert_true(v.parting.told);
	assert_string_equal(v.parting.reason, "replaced");
}

static void
a_final_bye_does_not_wait_for_long(void **state)
{
	struct asking r;

	(void)state;
	say_final_bye_after(SEQ + 2, &r);
	now += 1000;
	run();
	client_reads(FINAL "\n");
}

static void
a_bye_to_one_who_comes_back_skips_no_hole(void **state)
{
	(void)state;
	say_bye_over_a_hole("{\"event\":\"bye\",\"payload\":{\"reconnect\":true}}");
	client_reads("{\"event\":\"bye\",\"payload\":{\"reconnect\":true}}\n");
}

static void
a_session_the_broker_has_lost_is_unavailable_not_refused(void **state)
{
	struct buf fields = BUF_INIT;

	(void)state;
	uint32_t poll_id = let_in();
	field_str(&fields, FIELD_WORD, "token_invalid");
	REPLY(poll_id, { .kind = FRAME_REFUSED, .body = fields.at, .len = fields.len });
	buf_fini(&fields);
	assert_int_equal(v.parting.bye, BYE_UNAVAILABLE);
	assert_int_equal(v.parting.refusal, REFUSED_NOT);
}

static void
a_broker_that_dies_is_unavailable(void **state)
{
	(void)state;
	let_in();
	sp_close(&control);
	run();
	assert_int_equal(v.parting.bye, BYE_UNAVAILABLE);
}

static void
what_no_broker_says_ends_the_visit(void **state)
{
	struct buf garbage = BUF_INIT;

	(void)state;
	uint32_t poll_id = let_in();
	buf_str(&garbage, "this is no frame, whatever else it may be.....");
	send_as(&control, poll_id, &garbage);
	buf_fini(&garbage);
	assert_int_equal(v.parting.bye, BYE_UNAVAILABLE);
}

static void
a_client_that_does_not_read_ends_as_slow_consumer(void **state)
{
	static char big[60000];
	uint64_t seq = SEQ;

	(void)state;
	let_in();
	memset(big, 'x', sizeof big - 1);
	while (v.stage == VISIT_INSIDE && seq < SEQ + 100) {
		now += 100; /* it is given a second to read on */
		publish(FRAME_ROOM, ++seq, 0, big);
	}
	assert_int_equal(v.parting.bye, BYE_SLOW_CONSUMER);
	assert_in_range(out.count, OUT_QUEUE_MAX / 60000, OUT_QUEUE_MAX / 60000 + 3);
}

static void
why_a_client_was_given_up_is_told_to_the_broker(void **state)
{
	struct asking r;
	struct fields fields;
	char word[32];

	(void)state;
	let_in();
	visit_end(&v, BYE_SLOW_CONSUMER);
	visit_part(&v);
	assert_false(link_is_open(&v.link, LINK_BUS));
	expect_request(&r, FRAME_END);
	assert_int_equal(r.frame[0].session, SESSION);
	assert_int_equal(fields_read(&fields, r.frame[0].body, r.frame[0].len), 0);
	assert_true(field_copy(&fields, FIELD_WORD, word, sizeof word) > 0);
	assert_string_equal(word, "slow_consumer");
	assert_true(link_is_open(&v.link, LINK_CONTROL));
	reply_with(r.id, NULL, 0);
	assert_false(link_is_open(&v.link, LINK_CONTROL));
}

static void
all_other_ends_are_seen_by_the_connections_end(void **state)
{
	(void)state;
	let_in();
	visit_end(&v, BYE_BAD_INPUT);
	visit_part(&v);
	assert_false(link_is_open(&v.link, LINK_CONTROL));
	assert_false(link_is_open(&v.link, LINK_BUS));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
	const struct CMUnitTest tests[] = {
		TEST(the_first_thing_a_client_reads_is_room_state),
		TEST(the_join_is_wiped_once_it_is_sent),
		TEST(a_poll_is_said_again_after_a_silence),
		TEST(what_comes_at_once_is_told_as_the_client_reads),
		TEST(a_refusal_ends_the_visit_with_its_word),
		TEST(nobody_at_the_door_is_unavailable),
		TEST(a_broker_that_never_answers_is_unavailable),
		TEST(a_full_backlog_is_knocked_at_again),
		TEST(events_of_one_read_travel_together_and_are_answered_each),
		TEST(of_a_client_with_batches_later_events_travel_together),
		TEST(the_window_bounds_what_is_under_way),
		TEST(mail_is_acknowledged_by_the_next_poll_and_told_once),
		TEST(publications_reach_the_client_but_not_their_sender),
		TEST(with_delta_only_the_first_room_state_comes),
		TEST(with_delta_a_room_state_comes_where_it_says_of_the_lobby_what_no_event_did),
		TEST(a_hole_on_the_bus_is_replayed),
		TEST(what_the_ring_has_lost_ends_the_visit_openly),
		TEST(a_bus_that_breaks_is_opened_again_and_asked_about),
		TEST(a_waiter_has_mail_and_no_bus_until_admitted),
		TEST(the_brokers_bye_is_handed_on_with_its_reason),
		TEST(a_final_bye_is_the_last_word_after_all_that_has_come),
		TEST(a_final_bye_waits_for_what_was_said_before_it),
		TEST(a_final_bye_is_told_when_what_was_before_it_is_lost),
		TEST(who_asks_for_more_when_it_is_over_ends_with_the_brokers_bye),
		TEST(a_final_bye_does_not_wait_for_long),
		TEST(a_bye_to_one_who_comes_back_skips_no_hole),
		TEST(a_session_the_broker_has_lost_is_unavailable_not_refused),
		TEST(a_broker_that_dies_is_unavailable),
		TEST(what_no_broker_says_ends_the_visit),
		TEST(a_client_that_does_not_read_ends_as_slow_consumer),
		TEST(why_a_client_was_given_up_is_told_to_the_broker),
		TEST(all_other_ends_are_seen_by_the_connections_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
