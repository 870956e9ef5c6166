/* test_outq – what waits for a client that reads slowly, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "json.h"
#include "outq.h"

enum { MAX = 1 << 20 };

static struct outq q;
static int reader;

static int
make_pipe(void **state)
{
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	if (pipe2(fds, O_NONBLOCK) < 0)
		return -1;
	reader = fds[0];
	outq_init(&q, fds[1], MAX);
	return 0;
}

static int
close_pipe(void **state)
{
	(void)state;
	outq_fini(&q);
	close(q.fd);
	close(reader);
	return 0;
}

static int
put(const char *line)
{
	outq_put(&q, line, strlen(line));
	return outq_end(&q);
}

/* Everything the client gets to see by reading until nothing more comes. */
static struct buf
read_all(void)
{
	struct buf got = BUF_INIT;
	ssize_t n;

	do {
		assert_int_equal(outq_flush(&q), 0);
		n = read(reader, buf_reserve(&got, 65536), 65536);
		if (n > 0)
			got.len += (size_t)n;
	} while (n > 0 || !outq_is_empty(&q));
	return got;
}

static void
client_sees(const char *expected)
{
	struct buf got = read_all();

	assert_int_equal(got.len, strlen(expected));
	assert_memory_equal(got.at, expected, got.len);
	buf_fini(&got);
}

static void
lines_go_out_in_order(void **state)
{
	(void)state;
	put("{\"a\":1}");
	outq_put(&q, "{\"b\"", 4);
	outq_put(&q, ":2}", 3);
	outq_end(&q);
	client_sees("{\"a\":1}\n{\"b\":2}\n");
	assert_int_equal(q.count, 2);
}

/* To the gateway a newline ends a message, so a message holds none. */
static void
a_newline_inside_a_line_becomes_a_space(void **state)
{
	(void)state;
	put("{\n\"a\":\n1}\n");
	put("{}");
	client_sees("{ \"a\": 1} \n{}\n");
}

static void
nothing_is_held_while_nothing_waits(void **state)
{
	(void)state;
	put("{}");
	assert_false(outq_is_empty(&q));
	assert_int_equal(outq_flush(&q), 0);
	assert_true(outq_is_empty(&q));
	assert_null(q.lines.at);
}

static void
a_reader_that_sleeps_blocks_nobody_and_misses_nothing(void **state)
{
	char line[32];
	size_t expected = 0;

	(void)state;
	for (int i = 0; i < 40000; i++) {
		snprintf(line, sizeof line, "{\"n\":%d}", i);
		expected += strlen(line) + 1;
		assert_int_equal(put(line), 0);
		assert_int_equal(outq_flush(&q), 0);
	}
	assert_false(outq_is_empty(&q));
	struct buf got = read_all();
	assert_int_equal(got.len, expected);
	const char *at = got.at;
	for (int i = 0; i < 40000; i++) {
		size_t n = (size_t)snprintf(line, sizeof line, "{\"n\":%d}\n", i);
		assert_memory_equal(at, line, n);
		at += n;
	}
	buf_fini(&got);
}

static void
fill_until_refused(void)
{
	static char line[1000];

	memset(line, 'x', sizeof line - 1);
	for (int i = 0; put(line) == 0; i++) {
		assert_int_equal(outq_flush(&q), 0);
		assert_true(i < 2 * MAX / 1000);
	}
}

/* The last line must be readable: it cannot begin in the middle of another. */
static void
a_full_queue_ends_with_the_current_line_and_the_farewell(void **state)
{
	(void)state;
	fill_until_refused();
	assert_true(q.sent % 1000 != 0); /* a line has begun to go out */
	outq_cut(&q);
	assert_int_equal(put("bye"), 0);
	struct buf got = read_all();
	assert_int_equal(got.len % 1000, 4);
	assert_memory_equal(got.at + got.len - 5, "\nbye\n", 5);
	assert_true(got.len < 200000); /* what the pipe held, and no more */
	buf_fini(&got);
}

static void
cutting_between_lines_leaves_only_the_farewell(void **state)
{
	(void)state;
	put("one");
	put("two");
	outq_cut(&q);
	put("bye");
	client_sees("bye\n");
}

static void
a_client_that_left_is_an_error(void **state)
{
	(void)state;
	close(reader);
	put("{}");
	assert_int_equal(outq_flush(&q), -1);
	assert_int_equal(errno, EPIPE);
}

static void
several_waiting_lines_make_an_array_where_asked_for(void **state)
{
	(void)state;
	q.batch = true;
	put("{\"a\":1}");
	put("{\"b\":2}");
	put("{\"c\":3}");
	client_sees("[{\"a\":1},{\"b\":2},{\"c\":3}]\n");
	put("{\"d\":4}");
	client_sees("{\"d\":4}\n");
	assert_null(q.array.at);
}

/* Everything arrives once and in order, whether in arrays or alone, whatever the reader's pace. */
static void
arrays_and_lines_together_lose_nothing(void **state)
{
	struct buf got = BUF_INIT;
	char line[32], bytes[5000];
	ssize_t n;
	int next = 0;

	(void)state;
	q.batch = true;
	for (int i = 0; i < 20000; i++) {
		snprintf(line, sizeof line, "{\"n\":%d}", i);
		assert_int_equal(put(line), 0);
		if (i % 7 == 0)
			assert_int_equal(outq_flush(&q), 0);
		if (i % 3 == 0 && (n = read(reader, bytes, 17)) > 0)
			buf_add(&got, bytes, (size_t)n);
	}
	struct buf rest = read_all();
	buf_add(&got, rest.at, rest.len);
	buf_fini(&rest);
	for (char *at = got.at, *end; at < got.at + got.len; at = end + 1) {
		struct json_span name, value;
		const char *cursor = NULL;

		end = memchr(at, '\n', (size_t)(got.at + got.len - at));
		assert_non_null(end);
		assert_true(json_valid(at, (size_t)(end - at)));
		struct json_span whole = json_root(at, (size_t)(end - at));
		bool array = json_type(whole) == JSON_ARRAY;
		while (!array || json_next(whole, &cursor, &name, &value)) {
			int64_t number;
			assert_true(json_get(array ? value : whole, "n", &value));
			assert_int_equal(json_int(value, &number), 0);
			assert_int_equal(number, next++);
			if (!array)
				break;
		}
	}
	assert_int_equal(next, 20000);
	buf_fini(&got);
}

static void
an_array_that_has_begun_is_ended_before_the_farewell(void **state)
{
	(void)state;
	q.batch = true;
	fill_until_refused();
	outq_cut(&q);
	put("bye");
	struct buf got = read_all();
	assert_memory_equal(got.at + got.len - 6, "]\nbye\n", 6);
	buf_fini(&got);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_pipe, close_pipe)
	const struct CMUnitTest tests[] = {
		TEST(lines_go_out_in_order),
		TEST(a_newline_inside_a_line_becomes_a_space),
		TEST(nothing_is_held_while_nothing_waits),
		TEST(a_reader_that_sleeps_blocks_nobody_and_misses_nothing),
		TEST(a_full_queue_ends_with_the_current_line_and_the_farewell),
		TEST(cutting_between_lines_leaves_only_the_farewell),
		TEST(a_client_that_left_is_an_error),
		TEST(several_waiting_lines_make_an_array_where_asked_for),
		TEST(arrays_and_lines_together_lose_nothing),
		TEST(an_array_that_has_begun_is_ended_before_the_farewell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
