/* What a room publishes is strictly consecutive, or members believe they missed something. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "channel.h"
#include "bounds.h"

/* Frames as text: R room, S stub, T state, V void, each with its seq and what it says. */
static const char *
text(const struct buf *b)
{
	static char out[65536];
	const uint8_t *at = (const uint8_t *)b->at;
	size_t len = b->len, n = 0;
	struct frame f;

	out[0] = '\0';
	while (frame_next(&at, &len, &f) > 0)
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%c%d%.*s", n ? " " : "",
		    f.kind == FRAME_ROOM ? 'R' : f.kind == FRAME_STUB ? 'S' :
		    f.kind == FRAME_STATE ? 'T' : 'V', (int)f.seq, (int)f.len, (const char *)f.body);
	return out;
}

static void
say(struct channel *c, enum frame_kind kind, uint64_t seq, const char *body)
{
	channel_say(c, kind, seq, 0, body, strlen(body));
}

static uint64_t
mailed(struct channel *c, uint64_t seq, uint64_t session)
{
	return channel_mailed(c, &(struct frame){ .kind = FRAME_DIRECT, .seq = seq,
		.session = session, .who = 5, .body = "d", .len = 1 });
}

static const char *
replayed(const struct channel *c, uint64_t seq, size_t most)
{
	static struct buf b;

	buf_reset(&b);
	return channel_replay(c, seq, most, &(struct hearer){ 0 }, &b) < 0 ? "lost" : text(&b);
}

static void
stubs_wait_for_the_next_broadcast(void **state)
{
	struct channel c;

	(void)state;
	channel_init(&c);
	say(&c, FRAME_ROOM, 1, "a");
	buf_reset(&c.batch);
	mailed(&c, 2, 9);
	mailed(&c, 3, 9);
	assert_int_equal(0, c.batch.len);
	say(&c, FRAME_ROOM, 4, "b");
	assert_string_equal("S2 S3 R4b", text(&c.batch));
	channel_fini(&c);
}

static void
mail_comes_after_what_was_said_before_it(void **state)
{
	struct channel c;

	(void)state;
	channel_init(&c);
	assert_true(mailed(&c, 1, 9) == 0);
	say(&c, FRAME_ROOM, 2, "a");
	assert_true(mailed(&c, 3, 9) == 2);
	assert_true(mailed(&c, 4, 9) == 2);
	say(&c, FRAME_STATE, 5, "s");
	assert_true(mailed(&c, 6, 9) == 5);
	channel_fini(&c);
}

/* Two people exchange thousands of candidates while nobody says anything to the room. */
static void
stubs_never_pile_up_past_the_ring(void **state)
{
	const uint64_t last = 3 * RING_PLACES;
	struct channel c;
	struct frame f;
	uint64_t seq = 0;

	(void)state;
	channel_init(&c);
	for (uint64_t s = 1; s < last; s++)
		mailed(&c, s, 9);
	say(&c, FRAME_ROOM, last, "a");
	const uint8_t *at = (const uint8_t *)c.batch.at;
	size_t len = c.batch.len;
	while (frame_next(&at, &len, &f) > 0)
		assert_true(f.seq == ++seq);
	assert_true(seq == last);
	channel_fini(&c);
}

/* Even where the broadcast is so large that remembering it drives out all else. */
static void
stubs_survive_a_large_broadcast(void **state)
{
	static char large[RING_BYTES];
	struct channel c;
	struct frame f;
	const uint8_t *at;
	size_t len;

	(void)state;
	channel_init(&c);
	mailed(&c, 1, 9);
	channel_say(&c, FRAME_ROOM, 2, 0, large, sizeof large);
	at = (const uint8_t *)c.batch.at;
	len = c.batch.len;
	assert_true(frame_next(&at, &len, &f) == 1 && f.kind == FRAME_STUB && f.seq == 1);
	assert_true(f.session == 9);
	assert_true(frame_next(&at, &len, &f) == 1 && f.kind == FRAME_ROOM && f.seq == 2);
	channel_fini(&c);
}

static void
replay_repeats_what_was_said(void **state)
{
	struct channel c;

	(void)state;
	channel_init(&c);
	say(&c, FRAME_ROOM, 1, "a");
	mailed(&c, 2, 9);
	say(&c, FRAME_ROOM, 3, "b");
	assert_string_equal("R1a S2 R3b", replayed(&c, 1, 10000));
	assert_string_equal("R3b", replayed(&c, 3, 10000));
	assert_string_equal("", replayed(&c, 4, 10000));
	assert_string_equal("", replayed(&c, 400, 10000));
	channel_fini(&c);
}

static void
typing_is_published_but_not_repeated(void **state)
{
	struct channel c;

	(void)state;
	channel_init(&c);
	say(&c, FRAME_VOID, 1, "typing");
	assert_string_equal("R1typing", text(&c.batch));
	assert_string_equal("V1", replayed(&c, 1, 10000));
	channel_fini(&c);
}

static void
only_the_newest_state_is_repeated(void **state)
{
	struct channel c;

	(void)state;
	channel_init(&c);
	say(&c, FRAME_STATE, 1, "old");
	say(&c, FRAME_STATE, 2, "new");
	assert_string_equal("T1old T2new", text(&c.batch));
	say(&c, FRAME_ROOM, 3, "a");
	assert_string_equal("V1 T2new R3a", replayed(&c, 1, 10000));
	channel_fini(&c);
}

static void
replay_is_cut_and_goes_on_where_asked_again(void **state)
{
	struct channel c;

	(void)state;
	channel_init(&c);
	say(&c, FRAME_ROOM, 1, "a");
	say(&c, FRAME_ROOM, 2, "b");
	say(&c, FRAME_ROOM, 3, "c");
	assert_string_equal("R1a R2b", replayed(&c, 1, 2 * (FRAME_HEAD + 1)));
	assert_string_equal("R3c", replayed(&c, 3, 1)); /* one at least, or it would never end */
	channel_fini(&c);
}

static void
replay_of_what_is_forgotten_is_lost(void **state)
{
	struct channel c;

	(void)state;
	channel_init(&c);
	for (uint64_t s = 1; s <= RING_MESSAGES + 10; s++)
		say(&c, FRAME_ROOM, s, "a");
	assert_string_equal("lost", replayed(&c, 10, 1));
	assert_string_equal("lost", replayed(&c, 0, 1));
	assert_string_equal("R11a", replayed(&c, 11, 1));
	channel_fini(&c);
}

/* Who came back hears his own mail among the rest, and nobody else's. */
static void
what_was_missed_is_repeated_with_ones_own_mail(void **state)
{
	static struct buf b;
	struct channel c, twin;
	const struct hearer member = { 5, 4, 0 }, other = { 6, 4, 0 }, present = { 5, 0, 0 };
	const struct hearer gone = { 5, 0, 3 };
	const uint8_t *at;
	struct frame f;
	size_t len;

	(void)state;
	channel_init(&c);
	say(&c, FRAME_ROOM, 1, "a");
	mailed(&c, 2, 9); /* to member 5; it says d */
	say(&c, FRAME_STATE, 3, "s");
	say(&c, FRAME_ROOM, 4, "b");
	mailed(&c, 5, 9);
	assert_true(channel_holds(&c, 0));
	assert_false(channel_holds(&c, 6));
	buf_reset(&b);
	channel_replay(&c, 1, 1000, &member, &b);
	assert_string_equal("R1a R2d V3 R4b S5", text(&b));
	buf_reset(&b);
	channel_replay(&c, 1, 1000, &other, &b);
	assert_string_equal("R1a S2 V3 R4b S5", text(&b));
	buf_reset(&b);
	channel_replay(&c, 1, 1000, &present, &b);
	assert_string_equal("R1a S2 T3s R4b S5", text(&b));
	buf_reset(&b);
	channel_replay(&c, 1, 1000, &gone, &b); /* no more than up to when he went */
	assert_string_equal("R1a S2 T3s", text(&b));

	/* And all of that is so after a crash. */
	buf_reset(&b);
	channel_dump(&c, 0, &b);
	channel_init(&twin);
	at = (const uint8_t *)b.at;
	len = b.len;
	while (frame_next(&at, &len, &f) > 0)
		assert_int_equal(0, channel_recall(&twin, &f));
	assert_int_equal(-1, channel_recall(&twin, &(struct frame){ .kind = FRAME_ROOM, .seq = 9 }));
	assert_true(twin.said == c.said && twin.seq == c.seq && twin.batch.len == 0);
	buf_reset(&b);
	channel_replay(&twin, 1, 1000, &member, &b);
	assert_string_equal("R1a R2d V3 R4b S5", text(&b));
	buf_fini(&b);
	channel_fini(&c);
	channel_fini(&twin);
}

/* Not so what the ring had to let go of after he was promised it: he is told, not left without. */
static void
mail_that_was_missed_and_is_forgotten_is_lost(void **state)
{
	static char body[RING_MAIL_BYTES / 4];
	const struct hearer member = { 5, 6, 0 }, other = { 6, 6, 0 };
	struct buf b = BUF_INIT;
	struct channel c;

	(void)state;
	memset(body, 'x', sizeof body);
	channel_init(&c);
	say(&c, FRAME_ROOM, 1, "a");
	for (uint64_t s = 2; s <= 5; s++)
		channel_mailed(&c, &(struct frame){ .kind = FRAME_DIRECT, .seq = s, .who = 5,
			.body = body, .len = sizeof body });
	assert_true(channel_holds(&c, 1));
	mailed(&c, 6, 9);
	assert_false(channel_holds(&c, 1));
	assert_int_equal(0, channel_replay(&c, 1, 1000, &member, &b));
	assert_string_equal("R1a", text(&b));
	buf_reset(&b);
	assert_int_equal(-1, channel_replay(&c, 2, 1000, &member, &b));
	assert_int_equal(0, b.len);
	assert_int_equal(0, channel_replay(&c, 2, 1000, &other, &b));
	assert_string_equal("S2 S3 S4 S5 S6", text(&b));
	buf_fini(&b);
	channel_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stubs_wait_for_the_next_broadcast),
		cmocka_unit_test(mail_comes_after_what_was_said_before_it),
		cmocka_unit_test(stubs_never_pile_up_past_the_ring),
		cmocka_unit_test(stubs_survive_a_large_broadcast),
		cmocka_unit_test(replay_repeats_what_was_said),
		cmocka_unit_test(typing_is_published_but_not_repeated),
		cmocka_unit_test(only_the_newest_state_is_repeated),
		cmocka_unit_test(replay_is_cut_and_goes_on_where_asked_again),
		cmocka_unit_test(replay_of_what_is_forgotten_is_lost),
		cmocka_unit_test(what_was_missed_is_repeated_with_ones_own_mail),
		cmocka_unit_test(mail_that_was_missed_and_is_forgotten_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
