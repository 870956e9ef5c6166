/* Frames and fields come from processes that a client may have taken over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"

static int
next(struct buf *b, struct frame *f)
{
	const uint8_t *at = (const uint8_t *)b->at;
	size_t len = b->len;

	return frame_next(&at, &len, f);
}

static void
what_is_put_is_read(void **state)
{
	struct buf b = BUF_INIT;
	const uint8_t *at;
	size_t len;
	struct frame f;

	(void)state;
	frame_put(&b, &(struct frame){ FRAME_ROOM, 0x0102030405060708, 2, UINT64_MAX, 4, "abc", 3 });
	frame_put(&b, &(struct frame){ .kind = FRAME_STUB, .seq = 5 });
	at = (const uint8_t *)b.at;
	len = b.len;
	assert_int_equal(1, frame_next(&at, &len, &f));
	assert_int_equal(FRAME_ROOM, f.kind);
	assert_true(f.session == 0x0102030405060708 && f.seq == 2 && f.who == UINT64_MAX);
	assert_true(f.after == 4 && f.len == 3 && memcmp(f.body, "abc", 3) == 0);
	assert_int_equal(1, frame_next(&at, &len, &f));
	assert_true(f.kind == FRAME_STUB && f.seq == 5 && f.len == 0);
	assert_int_equal(0, frame_next(&at, &len, &f));
	buf_fini(&b);
}

/* The bytes are a contract: a handler may be older than its broker. */
static void
header_is_big_endian_as_documented(void **state)
{
	static const uint8_t head[FRAME_HEAD + 1] = { 1, FRAME_EVENT, 0, 0, 0, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 9, 'x' };
	struct buf b = BUF_INIT;

	(void)state;
	frame_put(&b, &(struct frame){ FRAME_EVENT, 2, 256, (uint64_t)1 << 56, 9, "x", 1 });
	assert_int_equal(sizeof head, b.len);
	assert_memory_equal(head, b.at, sizeof head);
	buf_fini(&b);
}

static void
begun_frame_gets_its_length_at_the_end(void **state)
{
	struct buf b = BUF_INIT;
	struct frame f;
	size_t begin;

	(void)state;
	begin = frame_begin(&b, &(struct frame){ .kind = FRAME_WELCOME, .session = 7 });
	field_str(&b, FIELD_EPOCH, "0123456789abcdef");
	frame_end(&b, begin);
	assert_int_equal(1, next(&b, &f));
	assert_int_equal(4 + 16, f.len);
	buf_fini(&b);
}

static void
every_cut_of_a_frame_is_no_frame(void **state)
{
	struct buf b = BUF_INIT;
	struct frame f;

	(void)state;
	frame_put(&b, &(struct frame){ .kind = FRAME_EVENT, .body = "body", .len = 4 });
	for (b.len--; b.len > 0; b.len--)
		assert_int_equal(-1, next(&b, &f));
	buf_fini(&b);
}

static void
wrong_version_flags_or_length_is_no_frame(void **state)
{
	static const struct { size_t at; uint8_t value; } wrong[] = { { 0, 0 }, { 0, 2 },
		{ 2, 1 }, { 3, 1 }, { 4, 0xff }, { 7, 5 } };
	struct frame f;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct buf b = BUF_INIT;

		frame_put(&b, &(struct frame){ .kind = FRAME_EVENT, .body = "body", .len = 4 });
		b.at[wrong[i].at] = (char)wrong[i].value;
		assert_int_equal(-1, next(&b, &f));
		buf_fini(&b);
	}
}

static void
fields_are_found_and_unknown_tags_skipped(void **state)
{
	struct buf b = BUF_INIT;
	struct fields f;
	char room[8];

	(void)state;
	field_str(&b, FIELDS + 900, "from the future");
	field_str(&b, FIELD_ROOM, "r1");
	field_str(&b, 0, "zero");
	assert_int_equal(0, fields_read(&f, b.at, b.len));
	assert_int_equal(2, field_copy(&f, FIELD_ROOM, room, sizeof room));
	assert_string_equal("r1", room);
	assert_int_equal(-1, field_copy(&f, FIELD_TOKEN, room, sizeof room));
	buf_fini(&b);
}

static void
fields_cut_short_or_doubled_are_refused(void **state)
{
	struct buf b = BUF_INIT;
	struct fields f;

	(void)state;
	assert_int_equal(0, fields_read(&f, NULL, 0));
	field_str(&b, FIELD_ROOM, "r1");
	for (size_t n = 1; n < b.len; n++)
		assert_int_equal(-1, fields_read(&f, b.at, n));
	field_str(&b, FIELD_ROOM, "r2");
	assert_int_equal(-1, fields_read(&f, b.at, b.len));
	buf_fini(&b);
}

static void
field_that_is_too_long_or_holds_controls_is_not_copied(void **state)
{
	struct buf b = BUF_INIT;
	struct fields f;
	char to[4];

	(void)state;
	field_str(&b, FIELD_ROOM, "four");
	field_put(&b, FIELD_SUB, "a\0b", 3);
	field_str(&b, FIELD_ORIGIN, "a\nb");
	field_str(&b, FIELD_WORD, "a\177b");
	field_str(&b, FIELD_CAPS, "");
	assert_int_equal(0, fields_read(&f, b.at, b.len));
	assert_int_equal(-1, field_copy(&f, FIELD_ROOM, to, sizeof to));
	assert_int_equal(-1, field_copy(&f, FIELD_SUB, to, sizeof to));
	assert_int_equal(-1, field_copy(&f, FIELD_ORIGIN, to, sizeof to));
	assert_int_equal(-1, field_copy(&f, FIELD_WORD, to, sizeof to));
	assert_int_equal(0, field_copy(&f, FIELD_CAPS, to, sizeof to));
	buf_fini(&b);
}

/* A bus message or a request of many frames is cut between two of them. */
static void
frames_that_fit_are_whole_and_at_least_one(void **state)
{
	struct buf b = BUF_INIT;
	const size_t one = FRAME_HEAD + 10;

	(void)state;
	for (int i = 0; i < 3; i++)
		frame_put(&b, &(struct frame){ .kind = FRAME_ROOM, .body = "0123456789", .len = 10 });
	assert_true(frames_fit(b.at, b.len, 3 * one) == 3 * one);
	assert_true(frames_fit(b.at, b.len, 3 * one - 1) == 2 * one);
	assert_true(frames_fit(b.at, b.len, one) == one);
	assert_true(frames_fit(b.at, b.len, 1) == one);
	assert_true(frames_fit(b.at, 0, 1) == 0);
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_read),
		cmocka_unit_test(header_is_big_endian_as_documented),
		cmocka_unit_test(begun_frame_gets_its_length_at_the_end),
		cmocka_unit_test(every_cut_of_a_frame_is_no_frame),
		cmocka_unit_test(wrong_version_flags_or_length_is_no_frame),
		cmocka_unit_test(fields_are_found_and_unknown_tags_skipped),
		cmocka_unit_test(fields_cut_short_or_doubled_are_refused),
		cmocka_unit_test(field_that_is_too_long_or_holds_controls_is_not_copied),
		cmocka_unit_test(frames_that_fit_are_whole_and_at_least_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
