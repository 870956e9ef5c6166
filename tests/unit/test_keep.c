/* keep – a core is only made anew from records that could be its own. (That it is then the same one
 * is test_random's matter.) */
#include "room_check.h"

static struct buf kept;

/* A room with a raised hand, a waiter and a shared screen; kept whole. */
static int
keep_a_room(void **state)
{
	int ann, bob;

	world_begin(state);
	ann = join("ann");
	bob = join("bob");
	send_event(bob, "raise_hand", "{}");
	send_event(bob, "toggle_screenshare", "{\"enabled\":true}");
	send_event(ann, "set_lobby", "{\"enabled\":true}");
	join("eve");
	buf_reset(&kept);
	core_keep_all(w.core, &kept);
	return 0;
}

static int
forget_room(void **state)
{
	buf_fini(&kept);
	return world_end(state);
}

/* Is a core made of these bytes? Whatever they are, it can be thrown away. */
static bool
restores(const char *at, size_t len)
{
	struct core *c = core_new(NULL);
	bool good = core_restore(c, at, len) == 0 && core_restored(c) == 0;

	core_free(c);
	return good;
}

/* Replaces the first `n` bytes `from` in what was kept. */
static char *
changed(const void *from, const void *to, size_t n)
{
	char *copy = alloc_text(kept.at, kept.len), *found = memmem(copy, kept.len, from, n);

	assert_non_null(found);
	memcpy(found, to, n);
	return copy;
}

static void
refuse_changed(const void *from, const void *to, size_t n)
{
	char *copy = changed(from, to, n);

	assert_false(restores(copy, kept.len));
	free(copy);
}

/* A broker that finds such a ledger begins anew, and must not die of throwing the half away: it
 * would die again each time it is started. */
static void
half_a_core_can_be_thrown_away(void **state)
{
	int refused = 0;

	(void)state;
	assert_true(restores(kept.at, kept.len));
	for (size_t n = 0; n < kept.len; n++) {
		char *exactly = alloc_text(kept.at, n);

		refused += !restores(exactly, n);
		free(exactly);
	}
	assert_true(refused > (int)kept.len * 9 / 10);
}

static void
a_room_or_an_epoch_that_would_break_json_is_refused(void **state)
{
	(void)state;
	refuse_changed("zoom/r1", "zoom/\"\"", 7);
	refuse_changed("zoom/r1", "none/r1", 7);
	refuse_changed("0abc", "0\"bc", 4);
}

static void
a_time_that_would_overflow_is_refused(void **state)
{
	const int64_t now = w.now, huge = INT64_MAX, past = -1;

	(void)state;
	refuse_changed(&now, &huge, sizeof(now));
	refuse_changed(&now, &past, sizeof(now));
}

/* Nobody could be told anything, and nobody would ever leave. */
static void
a_member_without_a_connection_is_refused(void **state)
{
	struct buf most = BUF_INIT;
	size_t at = 0;
	uint32_t n;

	(void)state;
	for (; at < kept.len; at += 5 + n) {
		memcpy(&n, kept.at + at + 1, sizeof(n));
		if (kept.at[at] != KEPT_SESSION)
			buf_add(&most, kept.at + at, 5 + n);
	}
	assert_true(most.len < kept.len);
	assert_false(restores(most.at, most.len));
	buf_fini(&most);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, keep_a_room, forget_room)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(half_a_core_can_be_thrown_away),
		TEST(a_room_or_an_epoch_that_would_break_json_is_refused),
		TEST(a_time_that_would_overflow_is_refused),
		TEST(a_member_without_a_connection_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
