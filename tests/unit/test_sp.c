/* test_sp – our framing against bytes written by hand. That these bytes are NNG's is shown in
 * test_sp_libnng; here is what no honest peer does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "sp.h"

static const uint8_t rep_greeting[SP_GREETING] = { 0, 'S', 'P', 0, 0, SP_REP, 0, 0 };
static const uint8_t pub_greeting[SP_GREETING] = { 0, 'S', 'P', 0, 0, SP_PUB, 0, 0 };

/* One connection of ours and its other end. */
struct pair {
	struct sp ours;
	int theirs;
};

static void
pair_open(struct pair *p, enum sp_protocol protocol, size_t message_max)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char folder[] = "/tmp/bk.XXXXXX";
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_non_null(mkdtemp(folder));
	snprintf(address.sun_path, sizeof address.sun_path, "%s/s", folder);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listener, 1), 0);
	sp_init(&p->ours, protocol, message_max);
	assert_int_equal(sp_open(&p->ours, address.sun_path), 0);
	p->theirs = accept(listener, NULL, NULL);
	assert_true(p->theirs >= 0);
	close(listener);
	unlink(address.sun_path);
	rmdir(folder);
}

static void
pair_close(struct pair *p)
{
	sp_close(&p->ours);
	close(p->theirs);
}

static void
they_write(struct pair *p, const void *bytes, size_t n)
{
	assert_int_equal(write(p->theirs, bytes, n), (ssize_t)n);
}

static void
they_greet(struct pair *p)
{
	they_write(p, p->ours.protocol == SP_REQ ? rep_greeting : pub_greeting, SP_GREETING);
}

static void
we_greet_at_once_and_once(void **state)
{
	static const uint8_t expected[SP_GREETING] = { 0, 'S', 'P', 0, 0, SP_REQ, 0, 0 };
	uint8_t got[64];
	struct pair p;

	(void)state;
	pair_open(&p, SP_REQ, 100);
	assert_int_equal(sp_events(&p.ours), POLLIN | POLLOUT);
	assert_int_equal(sp_write(&p.ours), 0);
	assert_int_equal(sp_events(&p.ours), POLLIN);
	assert_int_equal(read(p.theirs, got, sizeof got), SP_GREETING);
	assert_memory_equal(got, expected, SP_GREETING);
	pair_close(&p);
}

static void
a_request_is_framed_with_length_and_marked_id(void **state)
{
	static const uint8_t expected[] = { 1, 0, 0, 0, 0, 0, 0, 0, 7, 0x80, 0, 1, 2, 'a', 'b', 'c' };
	uint8_t got[64];
	struct pair p;

	(void)state;
	pair_open(&p, SP_REQ, 100);
	assert_int_equal(sp_send(&p.ours, 0x0102, "abc", 3), 0);
	assert_int_equal(sp_write(&p.ours), 0);
	assert_int_equal(read(p.theirs, got, sizeof got), SP_GREETING + sizeof expected);
	assert_memory_equal(got + SP_GREETING, expected, sizeof expected);
	pair_close(&p);
}

/* Two replies, delivered byte by byte: the framing must not care where the kernel cuts. */
static void
replies_arrive_whole_however_they_are_cut(void **state)
{
	static const uint8_t bytes[] = { 1, 0, 0, 0, 0, 0, 0, 0, 6, 0x80, 0, 0, 9, 'o', 'k',
		1, 0, 0, 0, 0, 0, 0, 0, 4, 0x80, 0, 0, 10 };
	const uint8_t *body;
	struct pair p;
	uint32_t id;
	size_t len;
	int found = 0;

	(void)state;
	pair_open(&p, SP_REQ, 100);
	they_greet(&p);
	for (size_t i = 0; i < sizeof bytes; i++) {
		they_write(&p, bytes + i, 1);
		assert_int_equal(sp_read(&p.ours), 0);
		int rc = sp_next(&p.ours, &id, &body, &len);
		assert_int_equal(rc, i == 14 || i == 27);
		if (rc == 0)
			continue;
		assert_int_equal(id, found == 0 ? 9 : 10);
		assert_int_equal(len, found++ == 0 ? 2 : 0);
	}
	assert_int_equal(found, 2);
	pair_close(&p);
}

static void
several_messages_in_one_read_come_out_one_by_one(void **state)
{
	static const uint8_t bytes[] = { 1, 0, 0, 0, 0, 0, 0, 0, 1, 'a', 1, 0, 0, 0, 0, 0, 0, 0, 0,
		1, 0, 0, 0, 0, 0, 0, 0, 2, 'b', 'c' };
	const uint8_t *body;
	struct pair p;
	uint32_t id;
	size_t len;

	(void)state;
	pair_open(&p, SP_SUB, 100);
	they_greet(&p);
	they_write(&p, bytes, sizeof bytes);
	assert_int_equal(sp_read(&p.ours), 0);
	assert_int_equal(sp_next(&p.ours, &id, &body, &len), 1);
	assert_int_equal(len, 1);
	assert_memory_equal(body, "a", 1);
	assert_int_equal(sp_next(&p.ours, &id, &body, &len), 1);
	assert_int_equal(len, 0);
	assert_int_equal(sp_next(&p.ours, &id, &body, &len), 1);
	assert_memory_equal(body, "bc", 2);
	assert_int_equal(sp_next(&p.ours, &id, &body, &len), 0);
	sp_rest(&p.ours);
	assert_null(p.ours.in.at); /* an idle connection holds no memory */
	pair_close(&p);
}

static void
a_wrong_greeting_breaks_the_connection(void **state)
{
	static const uint8_t wrong[][SP_GREETING] = {
		{ 0, 'S', 'P', 0, 0, SP_PUB, 0, 0 },
		{ 0, 'S', 'P', 1, 0, SP_REP, 0, 0 },
		{ 'H', 'T', 'T', 'P', '/', '1', '.', '1' },
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct pair p;
		pair_open(&p, SP_REQ, 100);
		they_write(&p, wrong[i], SP_GREETING);
		assert_int_equal(sp_read(&p.ours), -1);
		assert_int_equal(errno, EPROTO);
		pair_close(&p);
	}
}

static void
a_broken_message_breaks_the_connection(void **state)
{
	static const struct {
		uint8_t bytes[SP_HEAD + SP_ID];
		size_t len;
		int error;
	} rows[] = {
		{ { 2, 0, 0, 0, 0, 0, 0, 0, 4, 0x80, 0, 0, 1 }, 13, EPROTO },	  /* type */
		{ { 1, 0, 0, 0, 0, 0, 0, 0, 101 }, 9, EMSGSIZE },		  /* past the bound */
		{ { 1, 255, 255, 255, 255, 255, 255, 255, 255 }, 9, EMSGSIZE },	  /* absurd */
		{ { 1, 0, 0, 0, 0, 0, 0, 0, 3, 0x80, 0, 0 }, 12, EPROTO },	  /* no room for an id */
		{ { 1, 0, 0, 0, 0, 0, 0, 0, 4, 0x00, 0, 0, 1 }, 13, EPROTO },	  /* unmarked id */
	};
	const uint8_t *body;
	uint32_t id;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct pair p;
		pair_open(&p, SP_REQ, 100);
		they_greet(&p);
		they_write(&p, rows[i].bytes, rows[i].len);
		assert_int_equal(sp_read(&p.ours), 0);
		assert_int_equal(sp_next(&p.ours, &id, &body, &len), -1);
		assert_int_equal(errno, rows[i].error);
		pair_close(&p);
	}
}

/* What a broker said last must not be lost because it went away behind it. */
static void
the_last_message_is_read_before_the_end(void **state)
{
	static const uint8_t bytes[] = { 1, 0, 0, 0, 0, 0, 0, 0, 1, 'z' };
	const uint8_t *body;
	struct pair p;
	uint32_t id;
	size_t len;

	(void)state;
	pair_open(&p, SP_SUB, 100);
	they_greet(&p);
	they_write(&p, bytes, sizeof bytes);
	shutdown(p.theirs, SHUT_WR);
	assert_int_equal(sp_read(&p.ours), 0);
	assert_int_equal(sp_next(&p.ours, &id, &body, &len), 1);
	assert_int_equal(sp_read(&p.ours), -1);
	assert_int_equal(errno, ECONNRESET);
	pair_close(&p);
}

static void
writing_to_a_peer_that_does_not_read_never_blocks(void **state)
{
	static uint8_t body[300000], got[4096];
	size_t left = SP_GREETING + 8 * (SP_HEAD + SP_ID + sizeof body);
	struct pair p;

	(void)state;
	pair_open(&p, SP_REQ, 100);
	for (uint32_t id = 1; id <= 8; id++) {
		assert_int_equal(sp_send(&p.ours, id, body, sizeof body), 0);
		assert_int_equal(sp_write(&p.ours), 0);
	}
	assert_true(sp_events(&p.ours) & POLLOUT);
	while (left > 0) {
		assert_int_equal(sp_write(&p.ours), 0);
		ssize_t n = read(p.theirs, got, sizeof got);
		assert_true(n > 0);
		left -= (size_t)n;
	}
	assert_null(p.ours.out.at);
	close(p.theirs);
	sp_send(&p.ours, 9, "x", 1);
	assert_int_equal(sp_write(&p.ours), -1);
	assert_int_equal(errno, EPIPE);
	sp_close(&p.ours);
}

static void
nobody_there_is_an_error_not_a_wait(void **state)
{
	char path[200];
	struct sp s;

	(void)state;
	sp_init(&s, SP_REQ, 100);
	assert_int_equal(sp_open(&s, "/tmp/bk.none/none.sock"), -1);
	assert_int_equal(errno, ENOENT);
	memset(path, 'a', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_int_equal(sp_open(&s, path), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(s.fd, -1);
	sp_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(we_greet_at_once_and_once),
		cmocka_unit_test(a_request_is_framed_with_length_and_marked_id),
		cmocka_unit_test(replies_arrive_whole_however_they_are_cut),
		cmocka_unit_test(several_messages_in_one_read_come_out_one_by_one),
		cmocka_unit_test(a_wrong_greeting_breaks_the_connection),
		cmocka_unit_test(a_broken_message_breaks_the_connection),
		cmocka_unit_test(the_last_message_is_read_before_the_end),
		cmocka_unit_test(writing_to_a_peer_that_does_not_read_never_blocks),
		cmocka_unit_test(nobody_there_is_an_error_not_a_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
