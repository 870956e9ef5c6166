/* The broker with libnng as its handlers: everything a handler is promised, and everything it is
 * refused. The broker runs in a thread of this process (so that ThreadSanitizer sees it), on real
 * sockets; where a process has to die, it is this program started again as a client. */
#include "broker_client.h"

/* Ways in. */

static void
newcomer_is_welcomed_with_a_bus_and_a_state(void **state)
{
	struct client ann, bob;

	(void)state;
	new_room();
	ann = join("ann");
	bob = join("bob");
	assert_true(ann.session != 0 && ann.session != bob.session);
	assert_string_equal(ann.bus, bob.bus);
	assert_non_null(strstr(ann.you, "\"role\":\"host\""));
	assert_non_null(strstr(bob.you, "\"role\":\"participant\""));
	assert_non_null(strstr(bob.state, "\"hosts\":[{\"clientId\":\"ann\""));
	leave(&ann);
	leave(&bob);
}

static void
who_may_not_join_is_told_the_word(void **state)
{
	char *expired = mint("ann", -1, ""), *elsewhere = mint("ann", 600, ",\"room\":\"other\"");
	const struct { const char *origin, *token, *word; } rows[] = {
		{ NULL, "", "token_missing" },
		{ NULL, "x.y.z", "token_invalid" },
		{ NULL, expired, "token_expired" },
		{ NULL, elsewhere, "room_forbidden" },
		{ "https://bad.example", NULL, "origin_not_allowed" },
		{ "https://bad.example\n", NULL, "origin_not_allowed" },
		{ "https://good.example", NULL, "" },
	};
	nng_socket s = dial_door(PLACE_BROKER);
	char word[32];

	(void)state;
	new_room();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf b = join_message("ann", rows[i].origin, rows[i].token);
		struct frame f = frame_at(ask(s, &b), 0);

		assert_int_equal(rows[i].word[0] ? FRAME_REFUSED : FRAME_WELCOME, f.kind);
		word_of(f, word);
		assert_string_equal(rows[i].word, word);
	}
	free(expired);
	free(elsewhere);
	nng_close(s);
}

static void
second_join_on_a_pipe_is_refused_and_the_first_goes_on(void **state)
{
	struct client ann;
	struct buf b;
	char word[32];

	(void)state;
	new_room();
	ann = join("ann");
	b = join_message("bob", NULL, NULL);
	word_of(frame_at(ask(ann.req, &b), 0), word);
	assert_string_equal("too_many", word);
	assert_true(body_has(event(&ann, "{\"event\":\"ping\",\"id\":1,\"payload\":{}}"), "pong"));
	leave(&ann);
}

/* However many arrive together. */
static void
of_those_who_race_into_a_room_exactly_one_is_host(void **state)
{
	enum { RACERS = 8, RACES = 20 };
	struct client c[RACERS];
	nng_ctx ctx[RACERS];
	nng_aio *aio[RACERS];

	(void)state;
	for (int race = 0; race < RACES; race++) {
		int hosts = 0;

		new_room();
		for (int i = 0; i < RACERS; i++)
			c[i] = (struct client){ .req = dial_door(PLACE_BROKER) };
		for (int i = 0; i < RACERS; i++) {
			struct buf b = join_message((char[]){ (char)('a' + i), 0 }, NULL, NULL);

			aio[i] = ask_later(c[i].req, &ctx[i], &b);
		}
		for (int i = 0; i < RACERS; i++) {
			take_welcome(&c[i], answer_of(aio[i], ctx[i]));
			hosts += strstr(c[i].you, "\"role\":\"host\"") != NULL;
		}
		assert_int_equal(1, hosts);
		for (int i = 0; i < RACERS; i++)
			leave(&c[i]);
	}
}

/* granted: the role of the token; NULL: none. */
static struct frame
verdict_on(nng_socket s, const char *sub, const char *granted)
{
	struct buf b = BUF_INIT;
	struct frame f;
	size_t begin = frame_begin(&b, &(struct frame){ .kind = FRAME_ADMIT });

	field_str(&b, FIELD_ENDPOINT, "zoom");
	field_str(&b, FIELD_ROOM, room);
	field_str(&b, FIELD_SUB, sub);
	if (granted)
		field_str(&b, FIELD_ROLE, granted);
	frame_end(&b, begin);
	f = frame_at(ask(s, &b), 0);
	assert_int_equal(FRAME_VERDICT, f.kind);
	return f;
}

static void
authorizer_is_told_who_would_be_let_in(void **state)
{
	nng_socket s = dial_door(PLACE_BROKER);
	struct client ann;
	struct frame f;
	char word[32];

	(void)state;
	new_room();
	ann = join("ann");
	event(&ann, "{\"event\":\"lock_room\",\"payload\":{\"locked\":true}}");
	f = verdict_on(s, "bob", NULL);
	word_of(f, word);
	assert_string_equal("room_locked", word);
	nng_close(s);
	leave(&ann);
}

static void
assert_role(struct frame verdict, const char *expected)
{
	struct fields fields;
	char role[32];

	assert_int_equal(0, fields_read(&fields, verdict.body, verdict.len));
	assert_null(fields.value[FIELD_WORD].at);
	assert_true(field_copy(&fields, FIELD_ROLE, role, sizeof role) > 0);
	assert_string_equal(expected, role);
}

/* A role is what the token grants and what the room makes of it, and only the broker knows both. */
static void
authorizer_is_told_the_role_one_would_have(void **state)
{
	nng_socket s = dial_door(PLACE_BROKER);
	struct client ann;

	(void)state;
	new_room();
	assert_role(verdict_on(s, "ann", NULL), "host");
	ann = join("ann");
	assert_role(verdict_on(s, "bob", NULL), "participant");
	assert_role(verdict_on(s, "bob", "participant"), "participant");
	assert_role(verdict_on(s, "bob", "host"), "host");
	event(&ann, "{\"event\":\"set_lobby\",\"payload\":{\"enabled\":true}}");
	assert_role(verdict_on(s, "bob", NULL), "waiting");
	nng_close(s);
	leave(&ann);
}

/* What a handler says. */

static void
event_is_answered_and_published(void **state)
{
	struct client ann, bob;
	struct frame f;

	(void)state;
	new_room();
	ann = join("ann");
	bob = join("bob");
	subscribe(&bob);
	f = event(&ann, "{\"event\":\"add_chat\",\"id\":7,\"payload\":{\"chatContent\":\"hello\"}}");
	assert_int_equal(FRAME_REPLY, f.kind);
	assert_true(f.session == ann.session && f.seq == 1);
	assert_true(body_has(f, "\"ack\"") && body_has(f, "\"id\":7"));
	f = heard(hear_until(&bob, "hello"), "hello");
	assert_int_equal(FRAME_ROOM, f.kind);
	assert_true(json_valid(f.body, f.len) && body_has(f, "\"clientId\":\"ann\""));
	leave(&ann);
	leave(&bob);
}

static void
several_events_in_a_message_are_answered_in_one(void **state)
{
	static const char ping[] = "{\"event\":\"ping\",\"id\":1,\"payload\":{}}";
	struct buf b = BUF_INIT, *reply;
	struct client ann;

	(void)state;
	new_room();
	ann = join("ann");
	for (uint64_t n = 1; n <= 3; n++)
		frame_put(&b, &(struct frame){ .kind = FRAME_EVENT, .session = ann.session, .seq = n,
			.body = ping, .len = sizeof ping - 1 });
	reply = ask(ann.req, &b);
	assert_int_equal(3, frames_in(reply));
	for (int i = 0; i < 3; i++)
		assert_true(frame_at(reply, i).seq == (uint64_t)i + 1 &&
		    body_has(frame_at(reply, i), "pong"));
	leave(&ann);
}

/* Sent again after a lost reply: it must not be said twice. */
static void
event_that_comes_again_takes_effect_once(void **state)
{
	static const char chat[] = "{\"event\":\"add_chat\",\"payload\":{\"chatContent\":\"once\"}}";
	struct frame f;
	struct client ann;
	struct buf *all;
	int n = 0;

	(void)state;
	new_room();
	ann = join("ann");
	f = (struct frame){ .kind = FRAME_EVENT, .session = ann.session, .seq = 1, .body = chat,
		.len = sizeof chat - 1 };
	ask_frame(&ann, f);
	assert_int_equal(0, frame_at(ask_frame(&ann, f), 0).len);
	all = ask_frame(&ann, (struct frame){ .kind = FRAME_REPLAY, .session = ann.session,
		.seq = ann.seq + 1 });
	for (int i = 0; i < frames_in(all); i++)
		n += body_has(frame_at(all, i), "once");
	assert_int_equal(1, n);
	leave(&ann);
}

static void
session_of_another_pipe_is_refused(void **state)
{
	static const enum frame_kind kinds[] = { FRAME_EVENT, FRAME_POLL, FRAME_REPLAY };
	static const char chat[] = "{\"event\":\"add_chat\",\"payload\":{\"chatContent\":\"forged\"}}";
	struct client ann, eve;
	struct buf *all;

	(void)state;
	new_room();
	ann = join("ann");
	eve = join("eve");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct frame f = frame_at(ask_frame(&eve, (struct frame){ .kind = kinds[i],
			.session = ann.session, .seq = ann.seq + 1, .body = chat,
			.len = sizeof chat - 1 }), 0);

		assert_int_equal(FRAME_REFUSED, f.kind);
	}
	all = ask_frame(&ann, (struct frame){ .kind = FRAME_REPLAY, .session = ann.session,
		.seq = ann.seq + 1 });
	for (int i = 0; i < frames_in(all); i++)
		assert_false(body_has(frame_at(all, i), "forged"));
	leave(&ann);
	leave(&eve);
}

static void
garbage_closes_the_pipe(void **state)
{
	struct buf rows[8] = { 0 };
	char path[128];

	(void)state;
	new_room();
	snprintf(path, sizeof path, "%s/" PLACE_BROKER, run_folder);
	buf_str(&rows[0], "this is not a frame, nor are these all the bytes of one");
	frame_put(&rows[1], &(struct frame){ .kind = FRAME_WELCOME });
	frame_put(&rows[2], &(struct frame){ .kind = 200 });
	frame_put(&rows[3], &(struct frame){ .kind = FRAME_JOIN });
	frame_put(&rows[4], &(struct frame){ .kind = FRAME_JOIN, .body = "\0\1\377\377", .len = 4 });
	frame_put(&rows[5], &(struct frame){ .kind = FRAME_ADMIT });
	frame_put(&rows[6], &(struct frame){ .kind = FRAME_CTL, .body = "rooms", .len = 5 });
	rows[7] = join_message("ann", NULL, NULL); /* and not alone in its message */
	frame_put(&rows[7], &(struct frame){ .kind = FRAME_POLL });
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int fd = connect_raw(path, 0x30);

		put_raw(fd, &rows[i]);
		assert_true(is_closed_by_peer(fd));
		close(fd);
		buf_fini(&rows[i]);
	}
}

/* Mail. */

static void
directed_message_is_mail_and_a_stub_before_the_next_broadcast(void **state)
{
	struct client ann, bob, cyd;
	struct frame f, stub = { .seq = 0 };
	struct buf *all;

	(void)state;
	new_room();
	ann = join("ann");
	bob = join("bob");
	cyd = join("cyd");
	subscribe(&cyd);
	event(&ann, "{\"event\":\"message\",\"payload\":{\"targetClientId\":\"bob\",\"data\":\"secret\"}}");
	f = heard(fetch_until(&bob, "secret"), "secret");
	assert_int_equal(FRAME_DIRECT, f.kind);
	assert_true(f.session == bob.session && f.after < f.seq);
	event(&ann, "{\"event\":\"add_chat\",\"payload\":{\"chatContent\":\"for all\"}}");
	all = hear_until(&cyd, "for all");
	for (int i = 0; i < frames_in(all); i++) {
		assert_false(body_has(frame_at(all, i), "secret"));
		if (frame_at(all, i).seq == f.seq)
			stub = frame_at(all, i);
	}
	assert_int_equal(FRAME_STUB, stub.kind);
	assert_true(stub.session == bob.session && stub.len == 0);
	leave(&ann);
	leave(&bob);
	leave(&cyd);
}

static void
mail_is_repeated_until_it_is_acknowledged(void **state)
{
	struct client ann;
	struct frame f;

	(void)state;
	new_room();
	ann = join("ann");
	event(&ann, "{\"event\":\"offer\",\"payload\":{\"targetClientId\":\"ann\",\"sdp\":\"1\"}}");
	f = heard(fetch_until(&ann, "\"sdp\":\"1\""), "\"sdp\":\"1\"");
	ann.mail = f.who - 1; /* as if that reply had been lost */
	poll_begin(&ann);
	assert_true(heard(poll_end(&ann), "\"sdp\":\"1\"").who == f.who);
	poll_begin(&ann); /* acknowledged now, so this one waits */
	event(&ann, "{\"event\":\"offer\",\"payload\":{\"targetClientId\":\"ann\",\"sdp\":\"2\"}}");
	assert_true(frame_at(poll_end(&ann), 0).who == f.who + 1);
	leave(&ann);
}

static void
newer_poll_has_the_older_answered_with_nothing(void **state)
{
	struct client ann, again;

	(void)state;
	new_room();
	ann = join("ann");
	again = ann;
	poll_begin(&ann);
	poll_begin(&again);
	assert_int_equal(0, poll_end(&ann)->len);
	event(&ann, "{\"event\":\"offer\",\"payload\":{\"targetClientId\":\"ann\",\"sdp\":\"x\"}}");
	heard(poll_end(&again), "\"sdp\":\"x\"");
	leave(&ann);
}

static void
who_does_not_fetch_its_mail_is_sent_away(void **state)
{
	static char offer[60000];
	struct client ann, bob;
	struct buf *mail;
	int n = snprintf(offer, sizeof offer,
	    "{\"event\":\"offer\",\"payload\":{\"targetClientId\":\"bob\",\"sdp\":\"");

	(void)state;
	memset(offer + n, 'x', sizeof offer - (size_t)n);
	strcpy(offer + sizeof offer - 4, "\"}}");
	new_room();
	ann = join("ann");
	bob = join("bob");
	for (int i = 0; i < MAIL_MAX / (int)sizeof offer + 2; i++)
		event(&ann, offer);
	poll_begin(&bob);
	mail = poll_end(&bob);
	assert_int_equal(1, frames_in(mail));
	assert_int_equal(FRAME_BYE, frame_at(mail, 0).kind);
	assert_true(body_has(frame_at(mail, 0), "4101"));
	mail = ask_frame(&ann, (struct frame){ .kind = FRAME_REPLAY, .session = ann.session,
		.seq = ann.seq + 1 });
	assert_true(body_has(heard(mail, "\"disconnect\""), "slow_consumer"));
	leave(&ann);
	leave(&bob);
}

/* The bus. */

static void
subscription_that_took_hold_is_told_what_it_missed(void **state)
{
	struct client ann, bob;
	struct buf *mail;
	struct frame f;

	(void)state;
	new_room();
	ann = join("ann");
	bob = join("bob");
	event(&ann, "{\"event\":\"add_chat\",\"payload\":{\"chatContent\":\"missed\"}}");
	bob.sub = dial(nng_sub0_open, bob.bus);
	poll_begin(&bob);
	mail = poll_end(&bob);
	f = frame_at(mail, frames_in(mail) - 1);
	assert_int_equal(FRAME_SYNC, f.kind);
	assert_true(f.seq == 0 && f.after > bob.seq);
	heard(ask_frame(&bob, (struct frame){ .kind = FRAME_REPLAY, .session = bob.session,
		.seq = bob.seq + 1 }), "missed");
	leave(&ann);
	leave(&bob);
}

static void
what_was_said_before_one_came_is_lost_to_it(void **state)
{
	struct client ann, bob;

	(void)state;
	new_room();
	ann = join("ann");
	event(&ann, "{\"event\":\"add_chat\",\"payload\":{\"chatContent\":\"before\"}}");
	bob = join("bob");
	for (uint64_t seq = 0; seq <= bob.seq; seq++)
		assert_int_equal(FRAME_LOST, frame_at(ask_frame(&bob, (struct frame){
			.kind = FRAME_REPLAY, .session = bob.session, .seq = seq }), 0).kind);
	leave(&ann);
	leave(&bob);
}

static void
replay_from_the_end_is_empty(void **state)
{
	struct client ann;

	(void)state;
	new_room();
	ann = join("ann");
	assert_int_equal(0, ask_frame(&ann, (struct frame){ .kind = FRAME_REPLAY,
		.session = ann.session, .seq = ann.seq + 1000 })->len);
	leave(&ann);
}

static void
waiter_gets_no_bus_until_it_is_admitted(void **state)
{
	struct client ann, bob;
	struct buf *mail;
	struct frame f;
	bool admitted = false;

	(void)state;
	new_room();
	ann = join("ann");
	event(&ann, "{\"event\":\"set_lobby\",\"payload\":{\"enabled\":true}}");
	bob = join("bob");
	assert_string_equal("", bob.bus);
	f = frame_at(ask_frame(&bob, (struct frame){ .kind = FRAME_REPLAY, .session = bob.session,
		.seq = 1 }), 0);
	assert_int_equal(FRAME_LOST, f.kind);
	event(&ann, "{\"event\":\"accept_waiting\",\"payload\":{\"clientId\":\"bob\"}}");
	while (!admitted) {
		poll_begin(&bob);
		mail = poll_end(&bob);
		for (int i = 0; i < frames_in(mail); i++) {
			struct fields fields;

			f = frame_at(mail, i);
			if (f.kind != FRAME_ADMITTED)
				continue;
			admitted = true;
			assert_int_equal(0, fields_read(&fields, f.body, f.len));
			take_bus(&bob, &fields);
		}
	}
	assert_string_equal(ann.bus, bob.bus);
	leave(&ann);
	leave(&bob);
}

/* A handler that was taken over must not go on listening after its client was thrown out. */
static void
who_is_kicked_loses_the_bus(void **state)
{
	struct client ann, eve;
	ssize_t n;
	char byte;
	int fd;

	(void)state;
	new_room();
	ann = join("ann");
	eve = join("eve");
	fd = connect_raw(eve.bus, 0x21);
	/* Once something is heard the broker knows whose subscription this is. */
	while (recv(fd, &byte, 1, MSG_DONTWAIT) != 1)
		event(&ann, "{\"event\":\"typing\",\"payload\":{\"isTyping\":true}}");
	event(&ann, "{\"event\":\"kick\",\"payload\":{\"clientId\":\"eve\"}}");
	fetch_until(&eve, "4001");
	while ((n = recv(fd, &byte, 1, 0)) == 1)
		;
	assert_int_equal(0, n);
	close(fd);
	leave(&ann);
	leave(&eve);
}

/* Going. */

/* In a process of its own: joins, says so, and stays until it is killed. */
static int
stay(const char *folder, const char *token, const char *in)
{
	struct client c;
	struct buf b;

	snprintf(run_folder, sizeof run_folder, "%s", folder);
	snprintf(room, sizeof room, "%s", in);
	c = (struct client){ .req = dial_door(PLACE_BROKER) };
	b = join_message("victim", NULL, token);
	take_welcome(&c, ask(c.req, &b));
	puts("joined");
	fflush(stdout);
	pause();
	return 1;
}

static pid_t
start_victim(void)
{
	char *token = mint("victim", 600, ""), joined[8] = "";
	int out[2];
	pid_t pid;

	assert_int_equal(0, pipe(out));
	pid = fork();
	if (pid == 0) {
		dup2(out[1], 1);
		execl("/proc/self/exe", "victim", run_folder, token, room, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	assert_int_equal(7, read(out[0], joined, 7));
	close(out[0]);
	free(token);
	return pid;
}

static void
handler_killed_by_9_is_announced_within_a_second(void **state)
{
	struct client ann;
	nng_time begin;
	pid_t victim;

	(void)state;
	new_room();
	ann = join("ann");
	subscribe(&ann);
	victim = start_victim();
	begin = nng_clock();
	kill(victim, SIGKILL);
	assert_true(body_has(heard(hear_until(&ann, "\"disconnect\""), "\"disconnect\""), "victim"));
	assert_true(nng_clock() - begin < 1000);
	waitpid(victim, NULL, 0);
	leave(&ann);
}

/* The store. */

/* Until it ends no file can be written to, as on a full disk. */
static void
fill_disk(bool full)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(0, getrlimit(RLIMIT_FSIZE, &limit));
	limit.rlim_cur = full ? 0 : limit.rlim_max;
	assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &limit));
}

static void
collect_chat(void *context, const struct chat_row *row)
{
	buf_str(context, row->content);
}

/* What another process would find after a crash at this moment. */
static const char *
stored_chat(void)
{
	static struct buf b;
	char path[64], key[64], why[256];
	struct store *s;

	snprintf(path, sizeof path, "%s/beckon.db", base);
	snprintf(key, sizeof key, "zoom/%s", room);
	s = store_open(path, why, sizeof why);
	assert_non_null(s);
	buf_reset(&b);
	assert_int_equal(0, store_load_chat(s, key, 100, collect_chat, &b));
	buf_add(&b, "", 1);
	store_close(s);
	return b.at;
}

#define CHAT(text) "{\"event\":\"add_chat\",\"id\":1,\"payload\":{\"chatContent\":\"" text "\"}}"

static void
chat_is_stored_when_it_is_acknowledged(void **state)
{
	struct client ann;

	(void)state;
	new_room();
	ann = join("ann");
	assert_true(body_has(event(&ann, CHAT("one")), "\"ack\""));
	assert_string_equal("\"one\"", stored_chat());
	leave(&ann);
}

static void
what_a_full_disk_cannot_keep_is_neither_acknowledged_nor_heard(void **state)
{
	struct client ann, bob;
	struct buf *all;
	struct frame f;
	bool emptied = false;

	(void)state;
	new_room();
	ann = join("ann");
	bob = join("bob");
	subscribe(&bob);
	event(&ann, CHAT("before"));
	fill_disk(true);
	f = event(&ann, CHAT("lost"));
	assert_true(body_has(f, "\"unavailable\"") && body_has(f, "\"id\":1"));
	f = event(&ann, "{\"event\":\"raise_hand\",\"id\":2,\"payload\":{}}");
	assert_true(body_has(f, "\"ack\""));
	fill_disk(false);
	assert_true(body_has(event(&ann, CHAT("after")), "\"ack\""));
	all = hear_until(&bob, "after"); /* without a hole in the order */
	for (int i = 0; i < frames_in(all); i++) {
		f = frame_at(all, i);
		assert_false(body_has(f, "lost"));
		emptied = emptied || f.kind == FRAME_VOID;
	}
	assert_true(emptied);
	heard(all, "raise_hand");
	all = ask_frame(&ann, (struct frame){ .kind = FRAME_REPLAY, .session = ann.session,
		.seq = ann.seq + 1 });
	for (int i = 0; i < frames_in(all); i++)
		assert_false(body_has(frame_at(all, i), "lost"));
	assert_string_equal("\"before\"\"after\"", stored_chat());
	leave(&ann);
	leave(&bob);
}

/* Several events of one message, or of many handlers, may end in one transaction. */
static void
of_one_round_only_what_needs_the_disk_fails(void **state)
{
	static const char *const events[] = { CHAT("lost"),
		"{\"event\":\"ping\",\"id\":2,\"payload\":{}}", CHAT("lost as well") };
	struct buf b = BUF_INIT, *reply;
	struct client ann;

	(void)state;
	new_room();
	ann = join("ann");
	for (uint64_t n = 0; n < 3; n++)
		frame_put(&b, &(struct frame){ .kind = FRAME_EVENT, .session = ann.session,
			.seq = n + 1, .body = events[n], .len = strlen(events[n]) });
	fill_disk(true);
	reply = ask(ann.req, &b);
	fill_disk(false);
	assert_int_equal(3, frames_in(reply));
	assert_true(body_has(frame_at(reply, 0), "unavailable"));
	assert_true(body_has(frame_at(reply, 1), "pong"));
	assert_true(body_has(frame_at(reply, 2), "unavailable"));
	leave(&ann);
}

static bool
ledger_holds(const char *text)
{
	char path[128], bytes[65536];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/ledger", run_folder);
	f = fopen(path, "r");
	if (f)
		n = fread(bytes, 1, sizeof bytes, f);
	if (f)
		fclose(f);
	return n > 0 && memmem(bytes, n, text, strlen(text));
}

/* Nobody does anything meanwhile: the broker looks by itself. */
static void
wait_for_ledger(void)
{
	nng_time end = nng_clock() + PATIENCE;

	while (!ledger_holds(room) && nng_clock() < end)
		nng_msleep(10);
	assert_true(ledger_holds(room));
}

/* One that has a hole is none; and what is not written down any more is, once there is room. */
static void
a_ledger_that_failed_is_taken_away_and_begun_anew(void **state)
{
	struct client ann;

	(void)state;
	new_room();
	ann = join("ann");
	wait_for_ledger(); /* the disk was full just before */
	fill_disk(true);
	event(&ann, "{\"event\":\"raise_hand\",\"payload\":{}}");
	assert_false(ledger_holds(room));
	assert_true(body_has(event(&ann, "{\"event\":\"ping\",\"id\":1,\"payload\":{}}"), "pong"));
	fill_disk(false);
	wait_for_ledger();
	leave(&ann);
}

/* Operators. */

static void
operator_sees_rooms_and_members(void **state)
{
	nng_socket ctl = dial_door(PLACE_OPERATORS);
	struct buf b = BUF_INIT;
	struct client ann;
	struct frame f;

	(void)state;
	new_room();
	ann = join("ann");
	frame_put(&b, &(struct frame){ .kind = FRAME_CTL, .body = "rooms", .len = 5 });
	f = frame_at(ask(ctl, &b), 0);
	assert_int_equal(FRAME_CTL, f.kind);
	assert_true(json_valid(f.body, f.len));
	assert_true(body_has(f, room) && body_has(f, "\"ann\"") && body_has(f, ann.bus));
	nng_close(ctl);
	leave(&ann);
}

static void
command_bytes(nng_socket ctl, const char *bytes, size_t len, const char *expected)
{
	struct buf b = BUF_INIT;
	struct frame f;

	frame_put(&b, &(struct frame){ .kind = FRAME_CTL, .body = bytes, .len = len });
	f = frame_at(ask(ctl, &b), 0);
	assert_int_equal(FRAME_CTL, f.kind);
	assert_true(json_valid(f.body, f.len));
	if (!body_has(f, expected))
		fail_msg("%.*s: %.*s", (int)len, bytes, (int)f.len, (const char *)f.body);
}

static void
command(nng_socket ctl, const char *line, const char *expected)
{
	command_bytes(ctl, line, strlen(line), expected);
}

/* Whoever may write to ctl.sock may still not confuse what reads it. */
static void
a_command_that_is_none_is_answered_with_an_error(void **state)
{
	static const char usage[] = "{\"error\":\"usage\",\"message\":\"";
	static char much[CTL_MAX - FRAME_HEAD - 4];
	nng_socket ctl = dial_door(PLACE_OPERATORS);

	(void)state;
	command(ctl, "nonsense", "{\"error\":\"unknown_command\",\"message\":\"");
	command(ctl, "", usage);
	command_bytes(ctl, "", 1, "unknown_command");
	command_bytes(ctl, "rooms", 6, "[");
	command_bytes(ctl, "rooms\0all", 9, usage);
	command_bytes(ctl, "rooms\0", 7, usage);
	command_bytes(ctl, "status\xff", 7, usage);
	command_bytes(ctl, "status\n", 7, usage);
	command_bytes(ctl, much, CTL_WORDS_MAX + 1, usage);
	memset(much, 'x', sizeof(much));
	command_bytes(ctl, much, sizeof(much), "unknown_command");
	command(ctl, "status", "\"draining\":false");
	nng_close(ctl);
}

/* The authorizer's question and a handler's that had passed it just before. */
static void
a_drain_lets_nobody_in_and_sends_all_away(void **state)
{
	nng_socket ctl = dial_door(PLACE_OPERATORS), s = dial_door(PLACE_BROKER);
	struct fields fields;
	struct client ann;
	char seconds[16];
	struct frame f;
	char word[32];
	struct buf b;

	(void)state;
	new_room();
	ann = join("ann");
	command(ctl, "status", "\"draining\":false");
	command(ctl, "drain", "\"draining\":true");
	f = verdict_on(s, "bob", NULL);
	word_of(f, word);
	assert_string_equal("unavailable", word);
	assert_int_equal(0, fields_read(&fields, f.body, f.len));
	assert_true(field_copy(&fields, FIELD_RETRY_AFTER, seconds, sizeof seconds) > 0);
	assert_in_range(atoi(seconds), 3, 5);
	b = join_message("bob", NULL, NULL);
	f = frame_at(ask(s, &b), 0);
	assert_int_equal(FRAME_REFUSED, f.kind);
	word_of(f, word);
	assert_string_equal("unavailable", word);
	fetch_until(&ann, "\"code\":4100,\"reason\":\"draining\",\"reconnect\":true");
	leave(&ann);
	command(ctl, "undrain", "\"draining\":false");
	b = join_message("bob", NULL, NULL);
	assert_int_equal(FRAME_WELCOME, frame_at(ask(s, &b), 0).kind);
	nng_close(s);
	nng_close(ctl);
}

/* What was said to it before is not lost. */
static void
who_is_seen_off_has_its_mail_first(void **state)
{
	nng_socket ctl = dial_door(PLACE_OPERATORS);
	struct client ann, bob;
	struct buf *mail;

	(void)state;
	new_room();
	ann = join("ann");
	bob = join("bob");
	event(&ann, "{\"event\":\"message\",\"payload\":{\"targetClientId\":\"bob\",\"data\":42}}");
	command(ctl, "drain", "\"draining\":true");
	fetch_until(&ann, "\"draining\"");
	poll_begin(&bob);
	mail = poll_end(&bob);
	assert_true(frames_in(mail) >= 2);
	assert_true(body_has(frame_at(mail, 0), "\"data\":42"));
	assert_int_equal(FRAME_BYE, frame_at(mail, frames_in(mail) - 1).kind);
	command(ctl, "undrain", "\"draining\":false");
	leave(&ann);
	leave(&bob);
	nng_close(ctl);
}

static void
key_added_is_good_after_hup(void **state)
{
	char why[128];
	struct client ann = { .req = dial_door(PLACE_BROKER) };
	struct keys *more;
	struct buf b;
	char *token, claims[64];

	(void)state;
	new_room();
	put_secret("new.HS256.secret", "another secret of thirty-two bytes at least, for tests");
	send_signal(SIGHUP);
	more = keys_open(keys_folder, NULL, NULL);
	snprintf(claims, sizeof claims, "{\"sub\":\"ann\",\"exp\":%ld}", (long)time(NULL) + 600);
	token = token_mint(claims, more, "new", why, sizeof why);
	assert_non_null(token);
	b = join_message("ann", NULL, token);
	take_welcome(&ann, ask(ann.req, &b));
	free(token);
	keys_free(more);
	remove_secret("new.HS256.secret");
	leave(&ann);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newcomer_is_welcomed_with_a_bus_and_a_state),
		cmocka_unit_test(who_may_not_join_is_told_the_word),
		cmocka_unit_test(second_join_on_a_pipe_is_refused_and_the_first_goes_on),
		cmocka_unit_test(of_those_who_race_into_a_room_exactly_one_is_host),
		cmocka_unit_test(authorizer_is_told_who_would_be_let_in),
		cmocka_unit_test(authorizer_is_told_the_role_one_would_have),
		cmocka_unit_test(event_is_answered_and_published),
		cmocka_unit_test(several_events_in_a_message_are_answered_in_one),
		cmocka_unit_test(event_that_comes_again_takes_effect_once),
		cmocka_unit_test(session_of_another_pipe_is_refused),
		cmocka_unit_test(garbage_closes_the_pipe),
		cmocka_unit_test(directed_message_is_mail_and_a_stub_before_the_next_broadcast),
		cmocka_unit_test(mail_is_repeated_until_it_is_acknowledged),
		cmocka_unit_test(newer_poll_has_the_older_answered_with_nothing),
		cmocka_unit_test(who_does_not_fetch_its_mail_is_sent_away),
		cmocka_unit_test(subscription_that_took_hold_is_told_what_it_missed),
		cmocka_unit_test(what_was_said_before_one_came_is_lost_to_it),
		cmocka_unit_test(replay_from_the_end_is_empty),
		cmocka_unit_test(waiter_gets_no_bus_until_it_is_admitted),
		cmocka_unit_test(who_is_kicked_loses_the_bus),
		cmocka_unit_test(handler_killed_by_9_is_announced_within_a_second),
		cmocka_unit_test(chat_is_stored_when_it_is_acknowledged),
		cmocka_unit_test(what_a_full_disk_cannot_keep_is_neither_acknowledged_nor_heard),
		cmocka_unit_test(of_one_round_only_what_needs_the_disk_fails),
		cmocka_unit_test(a_ledger_that_failed_is_taken_away_and_begun_anew),
		cmocka_unit_test(operator_sees_rooms_and_members),
		cmocka_unit_test(a_command_that_is_none_is_answered_with_an_error),
		cmocka_unit_test(a_drain_lets_nobody_in_and_sends_all_away),
		cmocka_unit_test(who_is_seen_off_has_its_mail_first),
		cmocka_unit_test(key_added_is_good_after_hup),
	};

	if (argc == 4) /* of ourselves only, see start_victim */
		return stay(argv[1], argv[2], argv[3]);
	return cmocka_run_group_tests(tests, start, stop);
}
