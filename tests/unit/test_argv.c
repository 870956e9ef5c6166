/* What operators send is words, and only fit for logs and terminals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "argv.h"

static struct argv argv;

static void
words_come_out_as_they_went_in(void **state)
{
	static const char *const words[] = { "kick", "zoom/r1", "ann", "", "z\xc3\xbcr\xc3\xbc\x63k" };
	struct buf b = BUF_INIT;

	(void)state;
	argv_put(&b, (const char *[]){ words[0], words[1], words[2], words[3], words[4], NULL });
	assert_null(argv_read(&argv, b.at, b.len));
	assert_int_equal(5, argv.argc);
	for (int i = 0; i < 5; i++)
		assert_string_equal(words[i], argv.word[i]);
	assert_null(argv.word[5]);
	buf_fini(&b);
}

/* `printf rooms | nngcat` is a command, and so are older programs. */
static void
the_last_nul_may_be_missing(void **state)
{
	(void)state;
	assert_null(argv_read(&argv, "rooms", 5));
	assert_int_equal(1, argv.argc);
	assert_string_equal("rooms", argv.word[0]);
	assert_null(argv_read(&argv, "room\0zoom/r1", 12));
	assert_int_equal(2, argv.argc);
	assert_string_equal("zoom/r1", argv.word[1]);
	assert_null(argv_read(&argv, "say\0\0", 5));
	assert_int_equal(2, argv.argc);
	assert_string_equal("", argv.word[1]);
}

static void
bounds_are_kept(void **state)
{
	static char bytes[CTL_MAX + 1];

	(void)state;
	assert_non_null(argv_read(&argv, NULL, 0));
	memset(bytes, 'a', sizeof(bytes));
	assert_null(argv_read(&argv, bytes, CTL_MAX));
	assert_int_equal(CTL_MAX, strlen(argv.word[0]));
	assert_non_null(argv_read(&argv, bytes, CTL_MAX + 1));
	memset(bytes, 0, sizeof(bytes));
	assert_null(argv_read(&argv, bytes, CTL_WORDS_MAX));
	assert_int_equal(CTL_WORDS_MAX, argv.argc);
	assert_non_null(argv_read(&argv, bytes, CTL_WORDS_MAX + 1));
}

static void
what_steers_or_is_no_utf8_is_refused(void **state)
{
	static const char *const bad[] = { "a\nb", "a\x1b[31m", "\x7f", "a\tb", "\xc2\x85",
		"\xe2\x80\xa8", "\xe2\x80\xae" "abc", "\xe2\x81\xa6", "\xff", "\xc3", "\xed\xa0\x80",
		"\xc0\x80", "\xf4\x90\x80\x80", "a\xe2\x80" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char bytes[32] = "say";

		strcpy(bytes + 4, bad[i]);
		if (argv_read(&argv, bytes, 4 + strlen(bad[i])) == NULL)
			fail_msg("bad word %zu was taken", i);
		if (argv_read(&argv, bytes, 4 + strlen(bad[i]) + 1) == NULL)
			fail_msg("bad word %zu with its NUL was taken", i);
	}
	assert_null(argv_read(&argv, "say\0\xf0\x9f\x98\x80", 8));
}

/* A character that is cut in two by the end of a word is no character. */
static void
a_character_does_not_go_over_the_end_of_a_word(void **state)
{
	(void)state;
	assert_non_null(argv_read(&argv, "a\xc3\0\xbc", 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_come_out_as_they_went_in),
		cmocka_unit_test(the_last_nul_may_be_missing),
		cmocka_unit_test(bounds_are_kept),
		cmocka_unit_test(what_steers_or_is_no_utf8_is_refused),
		cmocka_unit_test(a_character_does_not_go_over_the_end_of_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
