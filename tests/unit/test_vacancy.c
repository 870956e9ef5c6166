/* vacancy – empty rooms are kept for a while, but nobody leaves behind any number of them. */
#include "room_check.h"

enum { MOST = 3 };

static int
begin(void **state)
{
	struct core_conf conf;

	(void)state;
	core_conf_init(&conf);
	conf.connections = MOST;
	return world_begin_with(&conf);
}

static int
join_room(const char *sub, int n)
{
	struct token t = token_of(sub);
	char room[16];

	snprintf(room, sizeof(room), "r%d", n);
	return join_with(&t, ENDPOINT_ZOOM, room, false);
}

/* Comes and goes; a moment later the next can follow. */
static void
visit(const char *sub, int n)
{
	gone(join_room(sub, n), "closed");
	pass(10);
}

static bool
is_open(int n)
{
	char key[32];

	snprintf(key, sizeof(key), "zoom/r%d", n);
	return core_is_open(w.core, key);
}

static void
who_goes_from_room_to_room_leaves_no_more_than_it_may_have_connections(void **state)
{
	(void)state;
	for (int n = 1; n <= 50; n++) {
		visit("ann", n);
		assert_int_equal(w.open, n < MOST ? n : MOST);
		assert_null(core_wrong(w.core));
	}
	for (int n = 1; n <= 50; n++)
		assert_int_equal(is_open(n), n > 50 - MOST);
	pass(ROOM_GRACE);
	assert_int_equal(w.open, 0);
}

static void
what_others_left_or_are_in_stays(void **state)
{
	(void)state;
	visit("bob", 1);
	join_room("bob", 2);
	visit("ann", 2);
	for (int n = 3; n <= 20; n++)
		visit("ann", n);
	assert_true(is_open(1) && is_open(2));
	assert_int_equal(w.open, 2 + MOST);
}

static void
who_was_not_the_last_has_left_nothing(void **state)
{
	int bob;

	(void)state;
	for (int n = 1; n <= 20; n++) {
		bob = join_room("bob", n);
		gone(join_room("ann", n), "closed");
		gone(bob, "closed");
		pass(10);
	}
	visit("ann", 21);
	assert_true(is_open(21));
	assert_int_equal(w.open, MOST + 1);
}

static void
a_room_that_is_entered_again_is_nobodys_vacancy(void **state)
{
	(void)state;
	visit("ann", 1);
	join_room("bob", 1);
	for (int n = 2; n <= 20; n++)
		visit("ann", n);
	pass(10 * ROOM_GRACE);
	assert_true(is_open(1));
	assert_int_equal(w.open, 1);
}

static void
restart(void)
{
	struct buf kept = BUF_INIT;
	struct core *next = core_new(&w.core->conf);

	core_keep_all(w.core, &kept);
	assert_int_equal(core_restore(next, kept.at, kept.len), 0);
	assert_int_equal(core_restored(next), 0);
	core_free(w.core);
	w.core = next;
	buf_fini(&kept);
	assert_null(core_wrong(w.core));
}

/* It is the oldest vacancy that ends, not the oldest room. */
static void
a_room_left_again_is_the_newest(void **state)
{
	(void)state;
	for (int n = 1; n <= MOST; n++)
		visit("ann", n);
	visit("ann", 1);
	restart();
	visit("ann", MOST + 1);
	assert_true(is_open(1));
	assert_false(is_open(2));
}

static void
a_crash_forgets_nothing_of_it(void **state)
{
	(void)state;
	for (int n = 1; n <= 20; n++) {
		visit("ann", n);
		restart();
		assert_int_equal(w.open, n < MOST ? n : MOST);
	}
	for (int n = 1; n <= 20; n++)
		assert_int_equal(is_open(n), n > 20 - MOST);
	pass(ROOM_GRACE);
	assert_int_equal(w.open, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_goes_from_room_to_room_leaves_no_more_than_it_may_have_connections),
		TEST(what_others_left_or_are_in_stays),
		TEST(who_was_not_the_last_has_left_nothing),
		TEST(a_room_that_is_entered_again_is_nobodys_vacancy),
		TEST(a_room_left_again_is_the_newest),
		TEST(a_crash_forgets_nothing_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
