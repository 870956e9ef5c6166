/* Mail is a client's signals and its last word; it must arrive once, and not pile up for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mail.h"
#include "bounds.h"

static int first_poll, second_poll;
static size_t portion; /* of the mail: the answer to a poll */

static int
put(struct mail *m, uint64_t seq)
{
	return mail_put(m, &(struct frame){ .kind = FRAME_DIRECT, .seq = seq, .body = "{}", .len = 2 });
}

/* Numbers of the mail that waits, as digits. */
static const char *
waiting(const struct mail *m)
{
	static char digits[16];
	const uint8_t *at = (const uint8_t *)m->frames.at;
	size_t len = m->frames.len, n = 0;
	struct frame f;

	while (frame_next(&at, &len, &f) > 0)
		digits[n++] = (char)('0' + f.who);
	digits[n] = '\0';
	return digits;
}

static void
poll_waits_for_mail(void **state)
{
	struct mail m;

	(void)state;
	mail_init(&m);
	assert_null(mail_poll(&m, &first_poll, 0));
	assert_null(mail_take_poll(&m, &portion));
	assert_int_equal(0, put(&m, 1));
	assert_ptr_equal(&first_poll, mail_take_poll(&m, &portion));
	assert_null(mail_take_poll(&m, &portion));
	mail_fini(&m);
}

static void
mail_waits_for_a_poll(void **state)
{
	struct mail m;

	(void)state;
	mail_init(&m);
	put(&m, 1);
	put(&m, 2);
	assert_null(mail_take_poll(&m, &portion));
	mail_poll(&m, &first_poll, 0);
	assert_ptr_equal(&first_poll, mail_take_poll(&m, &portion));
	assert_string_equal("12", waiting(&m));
	mail_fini(&m);
}

static void
newer_poll_releases_the_older(void **state)
{
	struct mail m;

	(void)state;
	mail_init(&m);
	mail_poll(&m, &first_poll, 0);
	assert_ptr_equal(&first_poll, mail_poll(&m, &second_poll, 0));
	put(&m, 1);
	assert_ptr_equal(&second_poll, mail_take_poll(&m, &portion));
	mail_fini(&m);
}

static void
mail_is_kept_until_it_is_acknowledged(void **state)
{
	struct mail m;

	(void)state;
	mail_init(&m);
	put(&m, 1);
	put(&m, 2);
	mail_poll(&m, &first_poll, 0);
	mail_take_poll(&m, &portion);
	put(&m, 3);
	mail_poll(&m, &first_poll, 0); /* the reply was lost */
	assert_ptr_equal(&first_poll, mail_take_poll(&m, &portion));
	assert_string_equal("123", waiting(&m));
	mail_poll(&m, &first_poll, 2);
	assert_string_equal("3", waiting(&m));
	mail_take_poll(&m, &portion);
	mail_poll(&m, &first_poll, 3);
	assert_string_equal("", waiting(&m));
	assert_null(m.frames.at);
	assert_null(mail_take_poll(&m, &portion));
	mail_fini(&m);
}

/* A client's queue in the handler holds a MiB, and something may be in it. */
static void
much_mail_is_fetched_in_portions(void **state)
{
	static char body[60000];
	const struct frame f = { .kind = FRAME_DIRECT, .body = body, .len = sizeof body };
	uint64_t fetched = 0;
	struct mail m;

	(void)state;
	mail_init(&m);
	for (int i = 0; i < 20; i++)
		assert_int_equal(0, mail_put(&m, &f));
	while (m.frames.len > 0) {
		mail_poll(&m, &first_poll, fetched);
		if (mail_take_poll(&m, &portion) == NULL)
			break;
		assert_int_equal(0, portion % (FRAME_HEAD + sizeof body));
		assert_in_range(portion, 1, REPLAY_MAX + FRAME_HEAD + sizeof body);
		fetched += portion / (FRAME_HEAD + sizeof body);
		assert_int_equal(0, m.again);
	}
	assert_int_equal(20, fetched);
	mail_fini(&m);
}

/* A handler's word for what it received only ever loses its own mail. */
static void
acknowledging_mail_that_never_was_does_no_harm(void **state)
{
	struct mail m;

	(void)state;
	mail_init(&m);
	put(&m, 1);
	mail_poll(&m, &first_poll, UINT64_MAX);
	assert_string_equal("", waiting(&m));
	put(&m, 2);
	assert_string_equal("2", waiting(&m));
	mail_fini(&m);
}

static void
mail_is_bounded_and_what_comes_instead_fits(void **state)
{
	static char body[65536];
	struct frame f = { .kind = FRAME_DIRECT, .body = body, .len = sizeof body };
	struct mail m;
	int n = 0;

	(void)state;
	mail_init(&m);
	while (mail_put(&m, &f) == 0)
		assert_true(++n < 100);
	assert_true(m.frames.len <= MAIL_MAX);
	assert_int_equal(n, MAIL_MAX / (sizeof body + FRAME_HEAD));
	mail_clear(&m);
	assert_int_equal(0, put(&m, 0));
	mail_fini(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(poll_waits_for_mail),
		cmocka_unit_test(mail_waits_for_a_poll),
		cmocka_unit_test(newer_poll_releases_the_older),
		cmocka_unit_test(mail_is_kept_until_it_is_acknowledged),
		cmocka_unit_test(much_mail_is_fetched_in_portions),
		cmocka_unit_test(acknowledging_mail_that_never_was_does_no_harm),
		cmocka_unit_test(mail_is_bounded_and_what_comes_instead_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
