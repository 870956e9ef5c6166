/* A room's memory is what holes and resumes are mended from, and must not eat the broker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ring.h"

static void
put(struct ring *r, uint64_t seq, const char *body)
{
	ring_put(r, &(struct frame){ .kind = FRAME_ROOM, .seq = seq, .who = seq + 1,
		.session = seq + 2, .body = body, .len = strlen(body) });
}

static void
frames_come_back_as_they_were(void **state)
{
	struct ring r;
	struct frame f;

	(void)state;
	ring_init(&r, 4, 4, 100, 1000);
	put(&r, 1, "one");
	put(&r, 2, "");
	assert_true(ring_get(&r, 1, &f));
	assert_true(f.kind == FRAME_ROOM && f.seq == 1 && f.who == 2 && f.session == 3);
	assert_true(f.len == 3 && memcmp(f.body, "one", 3) == 0);
	assert_true(ring_get(&r, 2, &f));
	assert_int_equal(0, f.len);
	assert_false(ring_get(&r, 3, &f));
	assert_false(ring_get(&r, 0, &f));
	ring_fini(&r);
}

static void
empty_ring_holds_nothing(void **state)
{
	struct ring r;
	struct frame f;

	(void)state;
	ring_init(&r, 4, 4, 100, 1000);
	assert_true(ring_first(&r) == 1);
	assert_false(ring_get(&r, 0, &f));
	assert_false(ring_get(&r, 1, &f));
	ring_fini(&r);
}

static void
oldest_go_first_when_there_are_too_many(void **state)
{
	struct ring r;
	struct frame f;

	(void)state;
	ring_init(&r, 100, 100, 1 << 20, 1000);
	for (uint64_t seq = 1; seq <= 1000; seq++) {
		put(&r, seq, "x");
		assert_true(r.count <= 100 && r.bytes == r.count);
		assert_true(ring_get(&r, seq, &f) && f.seq == seq);
	}
	assert_true(ring_first(&r) == 901);
	for (uint64_t seq = 901; seq <= 1000; seq++)
		assert_true(ring_get(&r, seq, &f) && f.who == seq + 1);
	ring_fini(&r);
}

/* In a call's setup there are hundreds of signals for each who joins; the joins are the room's. */
static void
mail_is_not_counted_among_messages(void **state)
{
	struct ring r;
	struct frame f;

	(void)state;
	ring_init(&r, 12, 2, 100, 1000);
	put(&r, 1, "a");
	put(&r, 2, "b");
	for (uint64_t seq = 3; seq <= 12; seq++)
		ring_put(&r, &(struct frame){ .kind = seq % 2 ? FRAME_STUB : FRAME_DIRECT,
			.seq = seq });
	assert_true(ring_get(&r, 1, &f) && f.len == 1);
	put(&r, 13, "c"); /* one message too many, and with it a place */
	assert_true(ring_first(&r) == 2);
	ring_put(&r, &(struct frame){ .kind = FRAME_STUB, .seq = 14 });
	assert_true(ring_first(&r) == 3); /* one place too many */
	put(&r, 15, "d");
	put(&r, 16, "e"); /* the oldest message is 13: all before it go as well */
	assert_true(ring_first(&r) == 14);
	ring_fini(&r);
}

static void
oldest_go_first_when_they_are_too_large(void **state)
{
	struct ring r;
	struct frame f;

	(void)state;
	ring_init(&r, 100, 100, 10, 1000);
	put(&r, 1, "12345");
	put(&r, 2, "12345");
	put(&r, 3, "1");
	assert_true(ring_first(&r) == 2);
	put(&r, 4, "1234567890");
	assert_true(ring_first(&r) == 4 && r.bytes == 10);
	put(&r, 5, "longer than all of it");
	assert_true(ring_first(&r) == 6 && r.bytes == 0);
	assert_false(ring_get(&r, 5, &f));
	put(&r, 6, "fits");
	assert_true(ring_get(&r, 6, &f));
	ring_fini(&r);
}

static void
order_may_begin_anywhere(void **state)
{
	struct ring r;
	struct frame f;

	(void)state;
	ring_init(&r, 100, 100, 10, 1000);
	put(&r, 77, "x");
	assert_true(ring_first(&r) == 77);
	assert_true(ring_get(&r, 77, &f));
	assert_false(ring_get(&r, 76, &f));
	ring_fini(&r);
}

/* Thousands of rooms are small ones. */
static void
small_room_costs_little(void **state)
{
	struct ring r;

	(void)state;
	ring_init(&r, 1000, 1000, 1000, 1000);
	assert_int_equal(0, r.cap);
	put(&r, 1, "x");
	assert_true(r.cap <= 8);
	ring_fini(&r);
}

static void
mail_gives_way_before_what_is_for_all(void **state)
{
	struct ring r;
	struct frame f;

	(void)state;
	ring_init(&r, 100, 100, 1000, 6);
	put(&r, 1, "for all");
	for (uint64_t seq = 2; seq <= 5; seq++)
		ring_put(&r, &(struct frame){ .kind = FRAME_DIRECT, .seq = seq, .who = 7,
			.body = "abc", .len = 3 });
	assert_int_equal(6, r.mail);
	assert_int_equal(3, r.mail_from); /* the two oldest have lost theirs */
	assert_true(ring_get(&r, 3, &f));
	assert_int_equal(0, f.len);
	assert_int_equal(FRAME_DIRECT, f.kind);
	assert_true(ring_get(&r, 4, &f));
	assert_int_equal(3, f.len);
	assert_true(ring_get(&r, 1, &f));
	assert_int_equal(7, f.len);
	ring_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_back_as_they_were),
		cmocka_unit_test(empty_ring_holds_nothing),
		cmocka_unit_test(oldest_go_first_when_there_are_too_many),
		cmocka_unit_test(mail_is_not_counted_among_messages),
		cmocka_unit_test(oldest_go_first_when_they_are_too_large),
		cmocka_unit_test(order_may_begin_anywhere),
		cmocka_unit_test(small_room_costs_little),
		cmocka_unit_test(mail_gives_way_before_what_is_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
