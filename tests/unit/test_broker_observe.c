/* What the broker tells of itself: each figure moves by what happened and by nothing else; whoever
 * plans and alerts by them has nothing else to go by. And none of it is for handlers. */
#include "broker_client.h"

#include <stdatomic.h>

#include "readiness.h"

static struct buf text; /* as it was told last */

static struct frame
observe(enum frame_kind what)
{
	nng_socket ctl = dial_door(PLACE_OPERATORS);
	struct buf b = BUF_INIT;
	struct frame f;

	frame_put(&b, &(struct frame){ .kind = what });
	f = frame_at(ask(ctl, &b), 0);
	assert_int_equal(what, f.kind);
	nng_close(ctl);
	return f;
}

static void
look(void)
{
	struct frame f = observe(FRAME_METRICS);

	buf_reset(&text);
	buf_char(&text, '\n');
	buf_add(&text, f.body, f.len);
	buf_char(&text, '\0');
}

/* Of a line "name value" or "name{labels} value". */
static double
figure(const char *name)
{
	char begin[128];
	const char *at;

	snprintf(begin, sizeof begin, "\n%s ", name);
	at = strstr(text.at, begin);
	if (!at)
		fail_msg("no %s in %s", name, text.at);
	return strtod(at + strlen(begin), NULL);
}

static void
is_figure(double expected, const char *name)
{
	if (figure(name) != expected)
		fail_msg("%s: expected %g, got %g", name, expected, figure(name));
}

static void
readiness_is(const char *expected)
{
	struct frame f = observe(FRAME_READY);
	char word[32];

	word_of(f, word);
	assert_string_equal(expected, word);
}

#define CHAT "{\"event\":\"add_chat\",\"payload\":{\"chatContent\":\"hello\"},\"id\":1}"

/* ann and bob say eleven things, three of which are none. */
static void
talk(struct client *ann, struct client *bob)
{
	event(ann, CHAT);
	event(ann, CHAT);
	event(bob, "{\"event\":\"reaction\",\"payload\":{\"emoji\":\"!\"}}");
	event(bob, "{\"event\":\"get_recent_chats\",\"payload\":{}}");
	event(ann, "{\"event\":\"offer\",\"payload\":{\"targetClientId\":\"bob\",\"sdp\":\"x\"}}");
	event(bob, "{\"event\":\"kick\",\"payload\":{\"clientId\":\"ann\"}}");
	event(bob, "{\"event\":\"dance\",\"payload\":{}}");
	event(bob, "{\"event\":");
	event(ann, "{\"event\":\"ping\",\"payload\":{}}");
	bob->events--; /* again what was answered */
	event(bob, "{\"event\":\"reaction\",\"payload\":{\"emoji\":\"!\"}}");
}

static void
is_talk(void)
{
	is_figure(2, "beckon_messages_received_total{event=\"add_chat\"}");
	is_figure(1, "beckon_messages_received_total{event=\"reaction\"}");
	is_figure(1, "beckon_messages_received_total{event=\"recents_chat\"}");
	is_figure(1, "beckon_messages_received_total{event=\"offer\"}");
	is_figure(1, "beckon_messages_received_total{event=\"kick\"}");
	is_figure(1, "beckon_messages_received_total{event=\"ping\"}");
	is_figure(2, "beckon_messages_received_total{event=\"unknown\"}");
	is_figure(1, "beckon_messages_repeated_total");
	is_figure(1, "beckon_message_errors_total{code=\"forbidden\"}");
	is_figure(1, "beckon_message_errors_total{code=\"unknown_event\"}");
	is_figure(1, "beckon_message_errors_total{code=\"bad_json\"}");
	is_figure(2, "beckon_messages_sent_total{event=\"add_chat\"}");
	is_figure(1, "beckon_messages_sent_total{event=\"reaction\"}");
	is_figure(1, "beckon_messages_sent_total{event=\"recents_chat\"}");
	is_figure(1, "beckon_messages_sent_total{event=\"offer\"}");
	is_figure(2, "beckon_messages_sent_total{event=\"ack\"}");
	is_figure(3, "beckon_messages_sent_total{event=\"error\"}");
	is_figure(1, "beckon_messages_sent_total{event=\"pong\"}");
	is_figure(2, "beckon_messages_sent_total{event=\"connect\"}"); /* the first to nobody yet */
	is_figure(0, "beckon_messages_sent_total{event=\"bye\"}");
	is_figure(2 + 1 + 1 + 1 + 2, "beckon_relay_duration_seconds_count");
	is_figure(1, "beckon_mail_waiting_connections"); /* bob fetches none */
	assert_true(figure("beckon_ring_messages") >= 2 + 1 + 1 + 2);
}

static void
what_is_said_is_counted_once_by_event(void **state)
{
	struct client ann, bob;
	double commits;

	(void)state;
	new_room();
	ann = join("ann");
	bob = join("bob");
	look();
	commits = figure("beckon_store_commit_duration_seconds_count");
	talk(&ann, &bob);
	look();
	is_talk();
	is_figure(commits + 2, "beckon_store_commit_duration_seconds_count");
	is_figure(2, "beckon_connections{endpoint=\"zoom\"}");
	is_figure(0, "beckon_connections{endpoint=\"chat\"}");
	is_figure(1, "beckon_rooms{endpoint=\"zoom\"}");
	is_figure(2, "beckon_people");
	is_figure(2, "beckon_joins_total{result=\"accepted\"}");
	is_figure(2, "beckon_join_duration_seconds_count");
	leave(&ann);
	leave(&bob);
}

static void
try_to_join(const char *sub, const char *origin, const char *token)
{
	nng_socket s = dial_door(PLACE_BROKER);
	struct buf b = join_message(sub, origin, token);

	assert_int_equal(FRAME_REFUSED, frame_at(ask(s, &b), 0).kind);
	nng_close(s);
}

/* The authorizer may have been passed by. */
static void
a_refused_join_is_counted_by_its_word(void **state)
{
	(void)state;
	new_room();
	try_to_join("ann", "https://evil.example", NULL);
	try_to_join("ann", NULL, "x.y.z");
	try_to_join("bob", NULL, "x.y.z");
	look();
	is_figure(1, "beckon_joins_total{result=\"origin_not_allowed\"}");
	is_figure(2, "beckon_joins_total{result=\"token_invalid\"}");
	is_figure(0, "beckon_joins_total{result=\"accepted\"}");
	is_figure(0, "beckon_join_duration_seconds_count");
}

static void
an_end_is_counted_by_how_it_came(void **state)
{
	struct client ann, bob, cyd;

	(void)state;
	new_room();
	ann = join("ann");
	bob = join("bob");
	cyd = join("cyd");
	event(&ann, "{\"event\":\"kick\",\"payload\":{\"clientId\":\"bob\"}}");
	look();
	is_figure(1, "beckon_byes_total{reason=\"kicked\"}");
	is_figure(1, "beckon_messages_sent_total{event=\"bye\"}");
	is_figure(1, "beckon_leaving_connections");
	is_figure(2, "beckon_connections{endpoint=\"zoom\"}");
	leave(&cyd);
	for (int i = 0; i < PATIENCE && (look(), figure("beckon_closes_total{reason=\"closed\"}") != 1); i++)
		usleep(1000);
	is_figure(1, "beckon_closes_total{reason=\"closed\"}");
	is_figure(1, "beckon_connections{endpoint=\"zoom\"}");
	leave(&ann);
	leave(&bob);
}

static void
ask_for(struct client *c, uint64_t seq, enum frame_kind expected)
{
	struct frame f = frame_at(ask_frame(c,
	    (struct frame){ .kind = FRAME_REPLAY, .session = c->session, .seq = seq }), 0);

	assert_int_equal(expected, f.kind);
}

static void
holes_and_their_replays_are_counted(void **state)
{
	struct client ann;

	(void)state;
	new_room();
	ann = join("ann");
	event(&ann, CHAT);
	ask_for(&ann, ann.seq + 1, FRAME_ROOM);
	ask_for(&ann, ann.seq, FRAME_LOST); /* of before it was there */
	assert_int_equal(0, ask_frame(&ann, (struct frame){ .kind = FRAME_REPLAY,
		.session = ann.session, .seq = ann.seq + 1000 })->len);
	look();
	is_figure(3, "beckon_holes_total");
	is_figure(1, "beckon_replays_total{result=\"served\"}");
	is_figure(1, "beckon_replays_total{result=\"lost\"}");
	is_figure(1, "beckon_replays_total{result=\"nothing\"}");
	assert_true(figure("beckon_replayed_bytes_total") > FRAME_HEAD);
	leave(&ann);
}

static void
a_chat_that_is_too_much_trips_its_limit(void **state)
{
	struct client ann;

	(void)state;
	new_room();
	ann = join("ann");
	for (int i = 0; i < 12; i++)
		event(&ann, CHAT);
	look();
	is_figure(2, "beckon_limit_trips_total{limit=\"chat\"}");
	is_figure(2, "beckon_message_errors_total{code=\"slow_down\"}");
	is_figure(12, "beckon_messages_received_total{event=\"add_chat\"}");
	is_figure(10, "beckon_messages_sent_total{event=\"add_chat\"}");
	leave(&ann);
}

static atomic_int held;

static void
hold(int signo)
{
	(void)signo;
	held = 1;
	usleep(200000);
}

/* As on a machine that has too much to do: requests come, and the broker does not get to run. Where
 * that did not show, all would look well. */
static void
time_in_which_the_broker_does_not_run_is_part_of_a_relay(void **state)
{
	struct client ann;
	double quick;

	(void)state;
	new_room();
	ann = join("ann");
	event(&ann, "{\"event\":\"reaction\",\"payload\":{\"emoji\":\"!\"}}");
	look();
	quick = figure("beckon_relay_duration_seconds_sum");
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = hold }, NULL);
	pthread_kill(thread, SIGUSR1);
	while (!held)
		usleep(1000);
	event(&ann, "{\"event\":\"reaction\",\"payload\":{\"emoji\":\"!\"}}");
	look();
	if (figure("beckon_relay_duration_seconds_sum") - quick < 0.1)
		fail_msg("after %g s only %g", quick, figure("beckon_relay_duration_seconds_sum"));
	leave(&ann);
}

/* Nor does time count in which there was nothing to do. */
static void
time_in_which_nothing_came_is_no_part_of_it(void **state)
{
	struct client ann;
	double before;

	(void)state;
	new_room();
	ann = join("ann");
	event(&ann, "{\"event\":\"reaction\",\"payload\":{\"emoji\":\"!\"}}");
	look();
	before = figure("beckon_relay_duration_seconds_bucket{le=\"1\"}");
	usleep(1500000);
	event(&ann, "{\"event\":\"reaction\",\"payload\":{\"emoji\":\"!\"}}");
	look();
	is_figure(before + 1, "beckon_relay_duration_seconds_bucket{le=\"1\"}");
	leave(&ann);
}

/* What comes of a slower reader's luck is for no handler to see. */
static void
handlers_are_told_nothing_and_cut_off(void **state)
{
	static const enum frame_kind kinds[] = { FRAME_METRICS, FRAME_READY };
	char path[128];

	(void)state;
	snprintf(path, sizeof path, "%s/" PLACE_BROKER, run_folder);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct buf b = BUF_INIT;
		int fd = connect_raw(path, 0x30);

		frame_put(&b, &(struct frame){ .kind = kinds[i] });
		put_raw(fd, &b);
		assert_true(is_closed_by_peer(fd));
		close(fd);
		buf_fini(&b);
	}
}

static void
no_figure_names_a_room_or_a_person(void **state)
{
	struct client ann;

	(void)state;
	strcpy(room, "a-room-of-ones-own");
	ann = join("a-person-of-that-name");
	event(&ann, CHAT);
	look();
	assert_null(strstr(text.at, room));
	assert_null(strstr(text.at, "a-person"));
	assert_null(strstr(text.at, "hello"));
	leave(&ann);
}

static void
who_drains_is_not_ready(void **state)
{
	(void)state;
	readiness_is("ready");
	look();
	is_figure(0, "beckon_draining");
	for (int on = 1; on >= 0; on--) {
		const char *command = on ? "drain" : "undrain";
		nng_socket ctl = dial_door(PLACE_OPERATORS);
		struct buf b = BUF_INIT;

		frame_put(&b, &(struct frame){ .kind = FRAME_CTL, .body = command,
			.len = strlen(command) });
		ask(ctl, &b);
		nng_close(ctl);
		look();
		is_figure(on, "beckon_draining");
		readiness_is(on ? "draining" : "ready");
	}
}

/* Else a reset of the counters would look like nothing at all. */
static void
a_broker_that_was_started_again_says_so(void **state)
{
	double first;

	(void)state;
	look();
	is_figure(1, "beckon_broker_starts_total");
	first = figure("process_start_time_seconds");
	assert_true(first > 1700000000);
	close_broker();
	open_broker();
	look();
	is_figure(2, "beckon_broker_starts_total");
	is_figure(0, "beckon_joins_total{result=\"accepted\"}");
	assert_true(figure("process_start_time_seconds") >= first);
	assert_true(figure("process_open_fds") > 3);
	assert_true(figure("process_resident_memory_bytes") > 100000);
}

int
main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		RULE(what_is_said_is_counted_once_by_event),
		RULE(a_refused_join_is_counted_by_its_word),
		RULE(an_end_is_counted_by_how_it_came),
		RULE(holes_and_their_replays_are_counted),
		RULE(a_chat_that_is_too_much_trips_its_limit),
		RULE(time_in_which_the_broker_does_not_run_is_part_of_a_relay),
		RULE(time_in_which_nothing_came_is_no_part_of_it),
		RULE(handlers_are_told_nothing_and_cut_off),
		RULE(no_figure_names_a_room_or_a_person),
		RULE(who_drains_is_not_ready),
		RULE(a_broker_that_was_started_again_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
