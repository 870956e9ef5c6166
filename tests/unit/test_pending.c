/* pending – what the store did not keep was never said, and what it has to keep is given to it again.
 *
 * A full disk must not make two truths: one that people saw, and one that is there after a crash. */
#include "room_check.h"

static int ann, bob;

static int
two(void **state)
{
	world_begin(state);
	ann = join("ann");
	bob = join("bob");
	send_event(bob, "add_chat", "{\"chatContent\":\"one\",\"chatId\":\"c1\"}");
	send_event(bob, "add_chat", "{\"chatContent\":\"two\",\"chatId\":\"c2\"}");
	send_event(bob, "add_chat", "{\"chatContent\":\"three\",\"chatId\":\"c3\"}");
	pass(200);
	forget_all();
	return 0;
}

/* Ids and texts, oldest first: "c1=one c2=two ". */
static const char *
history(void)
{
	static char text[4096];
	const struct room *r = room_find(w.core, ENDPOINT_ZOOM, "r1");
	size_t n = 0;

	text[0] = '\0';
	for (const struct chat *chat = r->chats; chat != NULL; chat = chat->hh.next)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s=%s ", chat->id, chat->content);
	return text;
}

#define ALL_THREE "c1=\"one\" c2=\"two\" c3=\"three\" "

static void
chat_that_is_not_stored_was_never_said(void **state)
{
	(void)state;
	w.disk_full = true;
	assert_error(send_event(ann, "add_chat", "{\"chatContent\":\"x\",\"chatId\":\"c4\"}"), "unavailable");
	assert_has(w.reply.at, "\"event\":\"add_chat\"");
	assert_has(w.reply.at, "\"id\":1");
	assert_string_equal(got(ann), "");
	assert_string_equal(got(bob), "");
	assert_string_equal(history(), ALL_THREE);
	w.disk_full = false;
	assert_ack(send_event(ann, "add_chat", "{\"chatContent\":\"x\",\"chatId\":\"c4\"}"));
	assert_has(got(bob), "\"chatId\":\"c4\"");
}

/* Who sent no id gets an error all the same, and no empty ack. */
static void
sender_without_id_is_told_too(void **state)
{
	static const char text[] = "{\"event\":\"add_chat\",\"payload\":{\"chatContent\":\"x\"}}";

	(void)state;
	w.disk_full = true;
	assert_error(send_text(ann, text, sizeof(text) - 1), "unavailable");
	w.disk_full = false;
	assert_string_equal(send_text(ann, text, sizeof(text) - 1), "");
}

static void
what_failed_costs_no_allowance(void **state)
{
	(void)state;
	w.disk_full = true;
	for (int i = 0; i < 30; i++)
		assert_error(send_event(ann, "add_chat", "{\"chatContent\":\"x\"}"), "unavailable");
	w.disk_full = false;
	for (int i = 0; i < 10; i++)
		assert_ack(send_event(ann, "add_chat", "{\"chatContent\":\"x\"}"));
	assert_error(send_event(ann, "add_chat", "{\"chatContent\":\"x\"}"), "slow_down");
}

static void
edit_that_is_not_stored_leaves_the_old_text(void **state)
{
	const struct room *r = room_find(w.core, ENDPOINT_ZOOM, "r1");

	(void)state;
	w.disk_full = true;
	assert_error(send_event(bob, "edit_chat", "{\"chatId\":\"c2\",\"chatContent\":\"x\"}"), "unavailable");
	assert_string_equal(got(ann), "");
	assert_string_equal(history(), ALL_THREE);
	assert_int_equal(recents_find(r, "c2")->edited, 0);
}

static void
deletion_that_is_not_stored_leaves_the_message_in_its_place(void **state)
{
	(void)state;
	w.disk_full = true;
	assert_error(send_event(ann, "delete_chat", "{\"chatId\":\"c2\"}"), "unavailable");
	assert_string_equal(got(bob), "");
	assert_string_equal(history(), ALL_THREE);
}

static void
changes_of_one_round_are_taken_back_together(void **state)
{
	(void)state;
	w.disk_full = true;
	round_event(bob, "edit_chat", "{\"chatId\":\"c1\",\"chatContent\":\"x\"}");
	round_event(bob, "edit_chat", "{\"chatId\":\"c1\",\"chatContent\":\"y\"}");
	round_event(bob, "delete_chat", "{\"chatId\":\"c1\"}");
	round_event(bob, "add_chat", "{\"chatId\":\"c1\",\"chatContent\":\"again\"}");
	round_event(bob, "edit_chat", "{\"chatId\":\"c1\",\"chatContent\":\"z\"}");
	round_event(bob, "add_chat", "{\"chatId\":\"c4\",\"chatContent\":\"new\"}");
	round_event(bob, "delete_chat", "{\"chatId\":\"c4\"}");
	round_event(ann, "delete_chat", "{\"chatId\":\"c3\"}");
	assert_string_equal(history(), "c2=\"two\" c1=\"z\" ");
	carry_out();
	assert_string_equal(history(), ALL_THREE);
	assert_string_equal(got(ann), "");
}

static void
what_was_trimmed_for_it_is_back(void **state)
{
	struct core_conf conf;

	(void)state;
	world_end(state);
	core_conf_init(&conf);
	conf.of[ENDPOINT_ZOOM].history = 2;
	world_begin_with(&conf);
	ann = join("ann");
	send_event(ann, "add_chat", "{\"chatId\":\"c1\",\"chatContent\":\"1\"}");
	send_event(ann, "add_chat", "{\"chatId\":\"c2\",\"chatContent\":\"2\"}");
	w.disk_full = true;
	for (int i = 3; i < 6; i++) {
		char payload[64];

		snprintf(payload, sizeof(payload), "{\"chatId\":\"c%d\",\"chatContent\":\"x\"}", i);
		round_event(ann, "add_chat", payload);
	}
	assert_string_equal(history(), "c4=\"x\" c5=\"x\" ");
	carry_out();
	assert_string_equal(history(), "c1=\"1\" c2=\"2\" ");
}

/* Who looks the history up in the same round would see it. */
static void
history_shows_nothing_that_is_not_stored(void **state)
{
	(void)state;
	w.disk_full = true;
	round_event(bob, "add_chat", "{\"chatContent\":\"secret\"}");
	round_event(ann, "recents_chat", "{}");
	carry_out();
	assert_error(w.reply.at, "unavailable");
	assert_string_equal(got(ann), "");
	assert_ack(send_event(ann, "recents_chat", "{}"));
	assert_has(got(ann), "\"chatId\":\"c3\"");
	w.disk_full = false;
	round_event(bob, "add_chat", "{\"chatContent\":\"public\"}");
	round_event(ann, "recents_chat", "{}");
	carry_out();
	assert_has(got(ann), "public");
}

static void
what_is_not_for_the_store_goes_on_in_the_same_round(void **state)
{
	(void)state;
	w.disk_full = true;
	round_event(bob, "add_chat", "{\"chatContent\":\"x\"}");
	round_event(bob, "raise_hand", "{}");
	round_event(bob, "add_chat", "{\"chatContent\":\"whisper\",\"targetClientId\":\"ann\"}");
	carry_out();
	assert_ack(w.reply.at);
	assert_has(got(ann), "raise_hand");
}

static void
ban_is_in_force_though_not_acknowledged_and_handed_out_again(void **state)
{
	(void)state;
	w.disk_full = true;
	assert_error(send_event(ann, "ban", "{\"clientId\":\"bob\",\"reason\":\"x\"}"), "unavailable");
	assert_has(got(bob), "\"code\":4002");
	assert_has(got(ann), "\"reason\":\"banned\"");
	assert_int_equal(w.client[join("bob")].refused, REFUSED_BANNED);
	pass(25000); /* two more failures */
	assert_int_equal(w.stored.len, 0);
	w.disk_full = false;
	pass(10000);
	assert_string_equal(w.stored.at, "ban zoom/r1 bob ann x\n");
	forget_all();
	pass(60000);
	assert_int_equal(w.stored.len, 0);
}

/* A room of the same name must not find what the host threw away; nor lose what it says itself. */
static void
closed_room_is_forgotten_before_the_next_of_its_name(void **state)
{
	(void)state;
	w.disk_full = true;
	send_event(ann, "close_room", "{}");
	assert_has(got(bob), "\"code\":4004");
	w.disk_full = false;
	ann = join("ann");
	assert_string_equal(w.stored.at, "forget zoom/r1\n");
	pass(60000);
	assert_string_equal(w.stored.at, "forget zoom/r1\n");
}

static void
room_owed_to_be_forgotten_is_so_before_it_stores_again(void **state)
{
	(void)state;
	w.disk_full = true;
	send_event(ann, "close_room", "{}");
	ann = join("ann");
	w.disk_full = false;
	send_event(ann, "add_chat", "{\"chatContent\":\"new\",\"chatId\":\"n\"}");
	assert_string_equal(w.stored.at, "forget zoom/r1\nchat zoom/r1 n ann ann \"new\"\n");
	pass(60000);
	assert_string_equal(w.stored.at, "forget zoom/r1\nchat zoom/r1 n ann ann \"new\"\n");
}

static void
rows_are_owed_in_the_order_they_were_made(void **state)
{
	(void)state;
	w.disk_full = true;
	join("cyd");
	join("dan");
	send_event(ann, "ban", "{\"clientId\":\"bob\"}");
	round_event(ann, "ban", "{\"clientId\":\"cyd\"}");
	round_event(ann, "ban", "{\"clientId\":\"dan\"}");
	carry_out();
	w.disk_full = false;
	pass(10000);
	assert_string_equal(w.stored.at, "ban zoom/r1 bob ann \nban zoom/r1 cyd ann \nban zoom/r1 dan ann \n");
}

#define TWO(f) cmocka_unit_test_setup_teardown(f, two, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TWO(chat_that_is_not_stored_was_never_said),
		TWO(sender_without_id_is_told_too),
		TWO(what_failed_costs_no_allowance),
		TWO(edit_that_is_not_stored_leaves_the_old_text),
		TWO(deletion_that_is_not_stored_leaves_the_message_in_its_place),
		TWO(changes_of_one_round_are_taken_back_together),
		TWO(what_was_trimmed_for_it_is_back),
		TWO(history_shows_nothing_that_is_not_stored),
		TWO(what_is_not_for_the_store_goes_on_in_the_same_round),
		TWO(ban_is_in_force_though_not_acknowledged_and_handed_out_again),
		TWO(closed_room_is_forgotten_before_the_next_of_its_name),
		TWO(room_owed_to_be_forgotten_is_so_before_it_stores_again),
		TWO(rows_are_owed_in_the_order_they_were_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
