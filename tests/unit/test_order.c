/* test_order – two streams race, one of them with holes; the client must see one order all the
 * same. The last test is the whole rule: any interleaving, any loss on the bus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bounds.h"
#include "order.h"

enum { ME = 7, OTHER = 8, NOW = 1000 };

static struct order o;
static struct buf seen;

static void
see(void *context, const struct frame *f)
{
	struct buf *to = context;

	buf_fmt(to, "%.*s ", (int)f->len, (const char *)f->body);
}

static int
start(void **state)
{
	(void)state;
	order_init(&o, see, &seen);
	order_start(&o, ME, 10);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	order_fini(&o);
	buf_fini(&seen);
	return 0;
}

/* What the client has seen since the last look. */
static void
client_saw(const char *expected)
{
	buf_char(&seen, '\0');
	assert_string_equal(seen.at, expected);
	buf_fini(&seen);
}

static void
bus(enum frame_kind kind, uint64_t seq, uint64_t session, const char *body)
{
	/* Exact and gone afterwards: what waits must have been copied. */
	char *copy = memcpy(malloc(strlen(body) + 1), body, strlen(body));
	struct frame f = {
		.kind = kind, .seq = seq, .session = session, .body = copy, .len = strlen(body)
	};

	assert_int_equal(order_publication(&o, &f), 0);
	free(copy);
}

static void
room(uint64_t seq, const char *body)
{
	bus(FRAME_ROOM, seq, 0, body);
}

static void
stub(uint64_t seq, uint64_t session)
{
	bus(FRAME_STUB, seq, session, "");
}

static void
mail(uint64_t seq, uint64_t after, const char *body)
{
	char *copy = memcpy(malloc(strlen(body) + 1), body, strlen(body));
	struct frame f = {
		.kind = FRAME_DIRECT, .seq = seq, .after = after, .body = copy, .len = strlen(body)
	};

	assert_int_equal(order_mail(&o, &f, NOW), 0);
	free(copy);
}

static int64_t
wants(int64_t now, uint64_t first)
{
	uint64_t missing;
	int64_t wait = order_wants_replay(&o, now, &missing);

	if (wait >= 0)
		assert_int_equal(missing, first);
	return wait;
}

static void
publications_are_delivered_in_order_and_once(void **state)
{
	(void)state;
	room(10, "old");
	room(11, "a");
	room(12, "b");
	room(11, "a");
	room(12, "b");
	client_saw("a b ");
	assert_int_equal(wants(NOW, 0), -1);
}

static void
a_hole_is_asked_for_and_what_is_behind_it_waits(void **state)
{
	(void)state;
	room(11, "a");
	room(14, "d");
	room(15, "e");
	client_saw("a ");
	assert_int_equal(wants(NOW, 12), 0);
	order_replay_asked(&o);
	assert_int_equal(wants(NOW, 12), -1);
	room(16, "f");
	room(12, "b");
	room(13, "c");
	client_saw("b c d e f ");
	assert_int_equal(order_replay_done(&o, NOW), 0);
	assert_int_equal(wants(NOW, 17), -1);
	assert_null(o.publications.first);
}

static void
what_is_not_repeated_is_passed_over(void **state)
{
	(void)state;
	room(13, "c");
	order_replay_asked(&o);
	bus(FRAME_VOID, 11, 0, "");
	bus(FRAME_VOID, 12, 0, "");
	client_saw("c ");
}

static void
a_replay_that_brought_only_a_part_is_asked_again_at_once(void **state)
{
	(void)state;
	room(14, "d");
	order_replay_asked(&o);
	room(11, "a");
	order_replay_done(&o, NOW);
	assert_int_equal(wants(NOW, 12), 0);
	order_replay_asked(&o);
	order_replay_done(&o, NOW);
	assert_int_equal(wants(NOW, 12), SYNC_PATIENCE); /* it brought nothing: not in a tight loop */
}

static void
asking_in_vain_ends(void **state)
{
	int asked = 0;

	(void)state;
	room(14, "d");
	do
		order_replay_asked(&o);
	while (order_replay_done(&o, NOW) == 0 && ++asked < 10000);
	assert_in_range(asked, 10, 1000);
}

static void
a_stub_for_somebody_else_is_passed_over(void **state)
{
	(void)state;
	stub(11, OTHER);
	room(12, "b");
	client_saw("b ");
}

static void
mail_waits_for_what_was_said_before_it(void **state)
{
	(void)state;
	mail(12, 11, "mail");
	assert_null(seen.at);
	assert_int_equal(wants(NOW, 11), SYNC_PATIENCE); /* the bus is as a rule just behind */
	assert_int_equal(wants(NOW + SYNC_PATIENCE, 11), 0);
	room(11, "a");
	client_saw("a mail ");
	assert_int_equal(wants(NOW, 12), -1);
}

/* Signals go between two while the room is silent: nothing follows them on the bus. */
static void
mail_does_not_wait_for_its_own_place(void **state)
{
	(void)state;
	mail(11, 10, "m1");
	mail(14, 10, "m2");
	client_saw("m1 m2 ");
	stub(11, ME);
	stub(12, OTHER);
	stub(13, OTHER);
	stub(14, ME);
	room(15, "e");
	client_saw("e ");
	assert_int_equal(wants(NOW, 16), -1);
}

static void
a_stub_of_ours_waits_for_its_mail_and_asks_nobody(void **state)
{
	(void)state;
	stub(11, ME);
	room(12, "b");
	stub(13, ME);
	room(14, "d");
	assert_null(seen.at);
	assert_int_equal(wants(NOW, 11), -1);
	mail(11, 10, "m1");
	client_saw("m1 b ");
	assert_int_equal(wants(NOW, 13), -1);
	mail(13, 12, "m2");
	client_saw("m2 d ");
}

/* A last word may overtake what has been said before it, and take the way to ask for it. */
static void
when_nothing_more_will_come_what_waits_is_delivered_over_the_holes(void **state)
{
	(void)state;
	mail(13, 12, "m1");
	room(15, "c");
	stub(16, ME);
	room(17, "d");
	mail(20, 19, "m2");
	assert_null(seen.at);
	order_release(&o);
	client_saw("m1 c d m2 ");
	order_release(&o);
	client_saw("");
}

static void
mail_without_a_place_overtakes(void **state)
{
	(void)state;
	mail(12, 11, "later");
	mail(0, 0, "now");
	client_saw("now ");
	room(11, "a");
	client_saw("a later ");
}

/* The subscribe race: published after the snapshot, before the subscription took hold, and nothing
 * follows that would show the hole. */
static void
sync_finds_what_was_published_before_the_subscription(void **state)
{
	(void)state;
	order_sync(&o, 10, NOW);
	assert_int_equal(wants(NOW, 11), -1);
	order_sync(&o, 12, NOW);
	assert_int_equal(wants(NOW, 11), SYNC_PATIENCE);
	assert_int_equal(wants(NOW + SYNC_PATIENCE, 11), 0);
	room(11, "a");
	room(12, "b");
	assert_int_equal(wants(NOW + SYNC_PATIENCE, 13), -1);
	client_saw("a b ");
}

static void
a_bus_that_was_closed_makes_doubtful(void **state)
{
	(void)state;
	order_doubt(&o);
	assert_int_equal(wants(NOW, 11), 0);
	order_replay_asked(&o);
	order_replay_done(&o, NOW);
	assert_int_equal(wants(NOW, 11), -1);
}

static void
what_waits_behind_a_hole_is_bounded_and_then_asked_for(void **state)
{
	static char body[1001];
	uint64_t seq, count = 2 * REPLAY_MAX / 1000, delivered = 0;

	(void)state;
	memset(body, 'x', sizeof body - 1);
	for (seq = 12; seq < 12 + count; seq++)
		room(seq, body);
	assert_true(o.publications.bytes <= REPLAY_MAX + 1100);
	while (wants(NOW, o.pos + 1) == 0) {
		order_replay_asked(&o);
		room(o.pos + 1, body);
		order_replay_done(&o, NOW);
		assert_true(++delivered <= count);
	}
	assert_int_equal(o.pos, 11 + count);
}

/* A room's history, told through a bus that loses and a mailbox that lags, in random interleavings.
 */
enum { LENGTH = 60 };

struct history {
	bool ours[LENGTH + 1], others[LENGTH + 1];
	uint64_t after[LENGTH + 1];
};

static void
history_tell(const struct history *h, uint64_t seq)
{
	char body[8];

	snprintf(body, sizeof body, "%d", (int)seq);
	if (h->ours[seq] || h->others[seq])
		stub(10 + seq, h->ours[seq] ? ME : OTHER);
	else
		room(10 + seq, body);
}

static void
history_mail(const struct history *h, uint64_t seq)
{
	char body[8];

	snprintf(body, sizeof body, "%d", (int)seq);
	mail(10 + seq, 10 + h->after[seq], body);
}

static void
history_make(struct history *h)
{
	uint64_t after = 0;

	for (uint64_t seq = 1; seq <= LENGTH; seq++) {
		int dice = rand() % 4;
		h->ours[seq] = dice == 0;
		h->others[seq] = dice == 1;
		h->after[seq] = after;
		if (dice > 1)
			after = seq;
	}
	h->ours[LENGTH] = h->others[LENGTH] = false;
}

static void
replay(const struct history *h, uint64_t known)
{
	uint64_t first;

	if (order_wants_replay(&o, NOW + SYNC_PATIENCE, &first) != 0)
		return;
	order_replay_asked(&o);
	for (uint64_t seq = first - 10; seq <= known && seq < first - 10 + 7; seq++)
		history_tell(h, seq);
	order_replay_done(&o, NOW);
}

static void
one_random_telling(void)
{
	struct buf expected = BUF_INIT;
	struct history h;
	uint64_t told = 1, mailed = 1;

	history_make(&h);
	for (int seq = 1; seq <= LENGTH; seq++)
		if (!h.others[seq])
			buf_fmt(&expected, "%d ", seq);
	buf_char(&expected, '\0');
	while (told <= LENGTH || mailed <= LENGTH) {
		if (told <= LENGTH && rand() % 2) {
			if (rand() % 5 > 0 || told == LENGTH)
				history_tell(&h, told);
			told++;
		} else if (mailed <= LENGTH && mailed < told + 10) {
			if (h.ours[mailed])
				history_mail(&h, mailed);
			mailed++;
		}
		if (rand() % 3 == 0)
			replay(&h, told - 1);
	}
	for (int i = 0; i < LENGTH; i++)
		replay(&h, LENGTH);
	client_saw(expected.at);
	buf_fini(&expected);
}

static void
whatever_is_lost_or_late_the_client_sees_one_order_once(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 2000; seed++) {
		srand(seed);
		one_random_telling();
		order_fini(&o);
		start(NULL);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
	const struct CMUnitTest tests[] = {
		TEST(publications_are_delivered_in_order_and_once),
		TEST(a_hole_is_asked_for_and_what_is_behind_it_waits),
		TEST(what_is_not_repeated_is_passed_over),
		TEST(a_replay_that_brought_only_a_part_is_asked_again_at_once),
		TEST(asking_in_vain_ends),
		TEST(a_stub_for_somebody_else_is_passed_over),
		TEST(mail_waits_for_what_was_said_before_it),
		TEST(mail_does_not_wait_for_its_own_place),
		TEST(a_stub_of_ours_waits_for_its_mail_and_asks_nobody),
		TEST(when_nothing_more_will_come_what_waits_is_delivered_over_the_holes),
		TEST(mail_without_a_place_overtakes),
		TEST(sync_finds_what_was_published_before_the_subscription),
		TEST(a_bus_that_was_closed_makes_doubtful),
		TEST(what_waits_behind_a_hole_is_bounded_and_then_asked_for),
		TEST(whatever_is_lost_or_late_the_client_sees_one_order_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
