/* ticket – it fits its own session, person and room, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ticket.h"

static const uint8_t key[TICKET_KEY] = "a key for tests, 32 bytes long..";
static const struct ticket ann = { .name = "ann's own name..", .session = 7, .expires = 1000,
	.room = "zoom/r1", .sub = "ann" };

static void
a_ticket_fits_whom_it_was_written_for(void **state)
{
	uint8_t bytes[TICKET_SIZE];
	struct ticket read = { .room = "zoom/r1", .sub = "ann" };

	(void)state;
	ticket_write(&ann, key, bytes);
	assert_int_equal(0, ticket_read(&read, bytes, sizeof bytes));
	assert_int_equal(7, read.session);
	assert_int_equal(1000, read.expires);
	assert_memory_equal(ann.name, read.name, TICKET_NAME);
	assert_int_equal(0, ticket_check(&read, key, bytes, sizeof bytes));
}

static void
a_ticket_fits_nobody_else(void **state)
{
	struct ticket others[7];
	uint8_t bytes[TICKET_SIZE], other_key[TICKET_KEY];

	(void)state;
	for (size_t i = 0; i < 7; i++)
		others[i] = ann;
	others[0].sub = "ben";
	others[1].room = "zoom/r2";
	others[2].room = "chat/r1";
	others[3].session = 8;
	others[4].name[0] ^= 1;
	others[5].expires = 2000;
	others[6].room = "zoom/r1a"; /* nor may bytes move between fields */
	others[6].sub = "nn";
	ticket_write(&ann, key, bytes);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(-1, ticket_check(&others[i], key, bytes, sizeof bytes));
	memcpy(other_key, key, sizeof key);
	other_key[31] ^= 1;
	assert_int_equal(-1, ticket_check(&ann, other_key, bytes, sizeof bytes));
}

static void
every_changed_bit_is_noticed(void **state)
{
	uint8_t bytes[TICKET_SIZE];

	(void)state;
	ticket_write(&ann, key, bytes);
	for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(-1, ticket_check(&ann, key, bytes, sizeof bytes));
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(-1, ticket_check(&ann, key, bytes, sizeof bytes - 1));
	assert_int_equal(-1, ticket_check(&ann, key, NULL, 0));
}

static void
the_key_is_made_once_and_for_us_alone(void **state)
{
	char folder[] = "/tmp/bk.XXXXXX", path[64], why[256];
	uint8_t first[TICKET_KEY], again[TICKET_KEY];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/ticket.key", folder);
	assert_int_equal(0, ticket_key(path, first, why, sizeof why));
	assert_int_equal(0, stat(path, &st));
	assert_int_equal(0600, st.st_mode & 0777);
	assert_int_equal(0, ticket_key(path, again, why, sizeof why));
	assert_memory_equal(first, again, sizeof first);
	assert_int_equal(0, chmod(path, 0644)); /* others may have read it */
	assert_int_equal(0, ticket_key(path, again, why, sizeof why));
	assert_memory_not_equal(first, again, sizeof first);
	assert_int_equal(0, truncate(path, 5));
	assert_int_equal(0, ticket_key(path, first, why, sizeof why));
	assert_memory_not_equal(first, again, sizeof first);
	unlink(path);
	rmdir(folder);
	assert_int_equal(-1, ticket_key(path, first, why, sizeof why));
	assert_non_null(strstr(why, path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ticket_fits_whom_it_was_written_for),
		cmocka_unit_test(a_ticket_fits_nobody_else),
		cmocka_unit_test(every_changed_bit_is_noticed),
		cmocka_unit_test(the_key_is_made_once_and_for_us_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
