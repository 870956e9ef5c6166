/* turn – credentials as coturn computes them, from whatever a subject is called. */
#include <fcntl.h>
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

#include "json.h"
#include "turn.h"

#define SECRET "north-of-the-wall"

static char path[] = "/tmp/bk.XXXXXX";

/* Writes the file of the secret. */
static void
write_secret(const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	chmod(path, mode);
}

static int
set_up(void **state)
{
	(void)state;
	close(mkstemp(path));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static struct turn_conf
relays(void)
{
	return (struct turn_conf){ "", "turn:a.example", path, 3600 };
}

/* What is told to this subject, at 1700000000 s; until the next call. */
static const char *
told(struct turn *t, const char *sub)
{
	static struct buf out;

	buf_reset(&out);
	turn_put(&out, t, sub, INT64_C(1700000000123));
	buf_char(&out, '\0');
	assert_true(json_valid(out.at, out.len - 1));
	return out.at;
}

static struct turn
loaded(const struct turn_conf *conf)
{
	struct turn t;
	char why[256] = "";

	if (turn_load(&t, conf, why, sizeof(why)) != 0)
		fail_msg("%s", why);
	return t;
}

static void
without_configuration_the_list_is_empty(void **state)
{
	const struct turn_conf none = { "", "", "", 60 }, nothing = { 0 };
	struct turn t = loaded(&none);

	(void)state;
	assert_string_equal(told(&t, "ann"), "[]");
	t = loaded(&nothing);
	assert_string_equal(told(&t, "ann"), "[]");
}

/* echo -n 1700003600:ann | openssl dgst -sha1 -hmac north-of-the-wall -binary | base64 */
static void
credentials_are_an_hmac_of_expiry_and_subject(void **state)
{
	struct turn_conf conf = relays();
	struct turn t;

	(void)state;
	conf.stun = "stun:a.example";
	conf.relays = "turn:a.example, turns:a.example:443?transport=tcp";
	write_secret(SECRET, 0600);
	t = loaded(&conf);
	assert_string_equal(told(&t, "ann"),
	    "[{\"urls\":[\"stun:a.example\"]},"
	    "{\"urls\":[\"turn:a.example\",\"turns:a.example:443?transport=tcp\"],"
	    "\"username\":\"1700003600:ann\",\"credential\":\"p0pU6x+SrydnIcrwrwQcOS8+Yxk=\"}]");
	turn_fini(&t);
}

static void
an_editors_line_end_is_not_of_the_secret(void **state)
{
	const struct turn_conf conf = relays();
	struct turn t;
	char expected[256];

	(void)state;
	write_secret(SECRET, 0600);
	t = loaded(&conf);
	snprintf(expected, sizeof(expected), "%s", told(&t, "ann"));
	write_secret(SECRET "\r\n", 0640);
	t = loaded(&conf);
	assert_string_equal(told(&t, "ann"), expected);
}

/* coturn refuses spaces, quotes and backslashes; and what is said has to stay JSON. */
static void
odd_characters_of_a_subject_are_escaped(void **state)
{
	const struct turn_conf conf = relays();
	struct turn t;

	(void)state;
	write_secret(SECRET, 0600);
	t = loaded(&conf);
	assert_non_null(strstr(told(&t, "auth0|a:b@c.d"), "\"1700003600:auth0|a:b@c.d\""));
	assert_non_null(strstr(told(&t, "a \"b\\'%\303\244\n"),
	    "\"1700003600:a%20%22b%5C%27%25%C3%A4%0A\""));
}

static void
a_name_is_never_longer_than_stun_allows_for(void **state)
{
	const struct turn_conf conf = relays();
	char sub[SUB_MAX + 1];
	const char *name;
	struct turn t;

	(void)state;
	memset(sub, '"', SUB_MAX);
	sub[SUB_MAX] = '\0';
	write_secret(SECRET, 0600);
	t = loaded(&conf);
	name = strstr(told(&t, sub), "1700003600:");
	assert_in_range(strcspn(name, "\""), 498, 508);
	assert_memory_equal(strchr(name, '"') - 3, "%22", 3);
}

static void
load_says(const char *expected, const struct turn_conf *conf)
{
	struct turn t = { .secret_len = 1, .secret = "x" };
	char why[512] = "";

	assert_int_equal(turn_load(&t, conf, why, sizeof(why)), -1);
	if (strstr(why, expected) == NULL)
		fail_msg("expected %s in: %s", expected, why);
	assert_null(strstr(why, SECRET));
	assert_int_equal(t.secret_len, 1);
	assert_int_equal(t.secret[0], 'x');
}

/* A relay that anybody can use is found within days. */
static void
a_secret_that_is_none_is_refused_and_the_last_one_holds(void **state)
{
	struct turn_conf conf = relays();
	char longer[TURN_SECRET_MAX + 2];

	(void)state;
	write_secret(SECRET, 0644);
	load_says("any user of this machine may", &conf);
	write_secret("", 0600);
	load_says("expected 16 to 256 bytes, got 0", &conf);
	write_secret("123456789012345\n", 0600);
	load_says("got 15", &conf);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	write_secret(longer, 0600);
	load_says("got 257", &conf);
	conf.secret = "/nonexistent";
	load_says("/nonexistent: No such file", &conf);
	conf.secret = "/dev/null";
	load_says("/dev/null: ", &conf);
	conf.secret = "";
	load_says("TURN_URLS: expected TURN_SECRET", &conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_configuration_the_list_is_empty),
		cmocka_unit_test(credentials_are_an_hmac_of_expiry_and_subject),
		cmocka_unit_test(an_editors_line_end_is_not_of_the_secret),
		cmocka_unit_test(odd_characters_of_a_subject_are_escaped),
		cmocka_unit_test(a_name_is_never_longer_than_stun_allows_for),
		cmocka_unit_test(a_secret_that_is_none_is_refused_and_the_last_one_holds),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
