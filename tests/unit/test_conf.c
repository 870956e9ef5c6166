/* The configuration: a mistake must be an error with its place, not a surprise at night. */
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

#include "bounds.h"
#include "conf.h"
#include "log.h"

static char path[] = "/tmp/bk.conf.XXXXXX";
static struct conf conf;
static char why[512];

static int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	return fd < 0 ? -1 : 0;
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static int
load_bytes(const char *text, size_t n, char *const *environment)
{
	FILE *f = fopen(path, "w");

	fwrite(text, 1, n, f);
	fclose(f);
	conf_free(&conf);
	why[0] = '\0';
	return conf_load(&conf, path, environment, why, sizeof(why));
}

static int
load(const char *text)
{
	return load_bytes(text, strlen(text), NULL);
}

/* The file is refused, and the message is `path` + rest. */
static void
refused(const char *text, const char *rest)
{
	assert_int_equal(load(text), -1);
	assert_memory_equal(why, path, strlen(path));
	assert_string_equal(why + strlen(path), rest);
	conf_free(&conf);
}

static void
environment_refused(char *entry, const char *message)
{
	char *environment[] = { entry, NULL };

	assert_int_equal(load_bytes("", 0, environment), -1);
	assert_string_equal(why, message);
	conf_free(&conf);
}

static void
every_key_has_a_default_that_its_own_check_accepts(void **state)
{
	(void)state;
	assert_int_equal(conf_load(&conf, NULL, NULL, why, sizeof(why)), 0);
	for (int i = 0; i < CONF_KEYS; i++) {
		assert_non_null(conf.text[i]);
		assert_string_equal(conf.from[i], "default");
		assert_true(conf_table[i].help[0]);
	}
	assert_int_equal(conf.number[CONF_PORT], 8080);
	assert_int_equal(conf.number[CONF_LOG_LEVEL], LOG_INFO);
	conf_free(&conf);
}

static void
the_file_wins_over_the_default_and_the_environment_over_the_file(void **state)
{
	char *environment[] = { "PATH=/bin", "JWT_LEEWAY=7", "PORTX=1", "odd", NULL };
	const char *text = "# a comment\n\n  PORT = 9090\r\nJWT_LEEWAY=5\nLOG_LEVEL=debug";

	(void)state;
	assert_int_equal(load_bytes(text, strlen(text), environment), 0);
	assert_int_equal(conf.number[CONF_PORT], 9090);
	assert_string_equal(conf.text[CONF_PORT], "9090");
	assert_string_equal(conf.from[CONF_PORT], "file");
	assert_int_equal(conf.number[CONF_JWT_LEEWAY], 7);
	assert_string_equal(conf.from[CONF_JWT_LEEWAY], "environment");
	assert_int_equal(conf.number[CONF_LOG_LEVEL], LOG_DEBUG);
	conf_free(&conf);
}

static void
an_unknown_key_is_an_error_with_its_line(void **state)
{
	(void)state;
	refused("PORT=1\nPROT=2\n", ":2: expected a known key, got \"PROT\"");
	refused("port=1\n", ":1: expected a known key, got \"port\"");
	refused("\x1b[31mX=1\n", ":1: expected a known key, got \"\\x1b[31mX\"");
}

static void
a_key_given_twice_is_an_error(void **state)
{
	(void)state;
	refused("PORT=1\n\nPORT=1\n", ":3: PORT: expected once, got it again (first in line 1)");
}

static void
a_section_is_an_error(void **state)
{
	(void)state;
	refused("PORT=1\n[server]\n", ":2: expected KEY=value, got a [section]");
	refused("  [x\n", ":1: expected KEY=value, got a [section]");
}

static void
a_line_without_equals_is_an_error(void **state)
{
	(void)state;
	refused("\nPORT\n", ":2: expected KEY=value, got \"PORT\"");
}

/* inih would take an indented line for more of the value above it. */
static void
an_indented_line_is_a_line_of_its_own(void **state)
{
	(void)state;
	refused("JWT_ISSUER=a\n b\n", ":2: expected KEY=value, got \" b\"");
}

static void
numbers_are_whole_and_within_their_range(void **state)
{
	(void)state;
	refused("PORT=0\n", ":1: PORT: expected a number from 1 to 65535, got \"0\"");
	refused("PORT=65536\n", ":1: PORT: expected a number from 1 to 65535, got \"65536\"");
	refused("PORT=80x\n", ":1: PORT: expected a number from 1 to 65535, got \"80x\"");
	refused("PORT=\n", ":1: PORT: expected a number from 1 to 65535, got \"\"");
	refused("PORT=99999999999999999999\n",
	    ":1: PORT: expected a number from 1 to 65535, got \"99999999999999999999\"");
	refused("JWT_LEEWAY=-1\n", ":1: JWT_LEEWAY: expected a number from 0 to 300, got \"-1\"");
	refused("JWT_LEEWAY=1.5\n", ":1: JWT_LEEWAY: expected a number from 0 to 300, got \"1.5\"");
	environment_refused(
	    "PORT= 80", "environment: PORT: expected a number from 1 to 65535, got \" 80\"");
}

static void
a_level_is_one_of_its_words(void **state)
{
	(void)state;
	refused("LOG_LEVEL=Info\n", ":1: LOG_LEVEL: expected error or info or debug, got \"Info\"");
}

static void
texts_have_a_longest(void **state)
{
	char text[200] = "RUN_DIR=/";

	(void)state;
	memset(text + 9, 'x', 66);
	assert_int_equal(load(text), 0);
	strcat(text, "x");
	refused(text, ":1: RUN_DIR: expected 1 to 67 bytes, got 68");
	refused("RUN_DIR=\n", ":1: RUN_DIR: expected 1 to 67 bytes, got 0");
}

/* The longest path below RUN_DIR must fit into a unix socket's address. */
static void
the_longest_run_dir_leaves_room_for_a_rooms_socket(void **state)
{
	(void)state;
	assert_true(
	    conf_table[CONF_RUN_DIR].max + sizeof("/bus/rooms/0123456789abcdef01234567.sock") - 1 <=
	    SOCKET_PATH_MAX);
}

static void
control_characters_are_refused(void **state)
{
	(void)state;
	refused(
	    "JWT_ISSUER=a\tb\n", ":1: JWT_ISSUER: expected no control characters, got \"a\\x09b\"");
	environment_refused("JWT_ISSUER=a\nb",
	    "environment: JWT_ISSUER: expected no control characters, got \"a\\x0ab\"");
	assert_int_equal(load_bytes("PORT=1\0\n", 8, NULL), -1);
	assert_non_null(strstr(why, ":1: expected text, got a NUL byte"));
	conf_free(&conf);
}

static void
origins_must_be_origins(void **state)
{
	(void)state;
	refused("ALLOWED_ORIGINS=https://a.example, *.b.example\n",
	    ":1: ALLOWED_ORIGINS: expected scheme://host[:port] or null, got \"*.b.example\"");
	assert_int_equal(load("ALLOWED_ORIGINS=https://a.example , null\n"), 0);
	conf_free(&conf);
}

static void
auth0_domain_gives_issuer_and_keys_address(void **state)
{
	(void)state;
	assert_int_equal(load("AUTH0_DOMAIN=t.eu.auth0.com\nAUTH0_AUDIENCE=https://api\n"), 0);
	assert_string_equal(conf.text[CONF_JWT_ISSUER], "https://t.eu.auth0.com/");
	assert_string_equal(conf.from[CONF_JWT_ISSUER], "AUTH0_DOMAIN");
	assert_string_equal(
	    conf.text[CONF_JWKS_URL], "https://t.eu.auth0.com/.well-known/jwks.json");
	assert_string_equal(conf.text[CONF_JWT_AUDIENCE], "https://api");
	conf_free(&conf);
}

/* Or each person's token would be an application's. */
static void
admin_audience_is_another_one_than_people_s(void **state)
{
	(void)state;
	assert_int_equal(load("ADMIN_AUDIENCE=a\nJWT_AUDIENCE=b\n"), 0);
	conf_free(&conf);
	for (const char *const *same = (const char *const[]){ "ADMIN_AUDIENCE=a\nJWT_AUDIENCE=a\n",
		 "AUTH0_AUDIENCE=a\nADMIN_AUDIENCE=a\n", NULL };
	     *same; same++) {
		assert_int_equal(load(*same), -1);
		assert_string_equal(why,
		    "file: ADMIN_AUDIENCE: expected another one than JWT_AUDIENCE");
		conf_free(&conf);
	}
}

static void
what_is_set_itself_wins_over_what_auth0_domain_gives(void **state)
{
	char *environment[] = { "JWKS_URL=http://127.0.0.1:9/k", NULL };
	const char *text = "AUTH0_DOMAIN=t.example\nAUTH0_AUDIENCE=x\nJWT_ISSUER=me\n"
			   "JWT_AUDIENCE=\n";

	(void)state;
	assert_int_equal(load_bytes(text, strlen(text), environment), 0);
	assert_string_equal(conf.text[CONF_JWT_ISSUER], "me");
	assert_string_equal(conf.text[CONF_JWKS_URL], "http://127.0.0.1:9/k");
	assert_string_equal(conf.text[CONF_JWT_AUDIENCE], "");
	conf_free(&conf);
}

static void
a_domain_is_not_an_address(void **state)
{
	(void)state;
	refused("AUTH0_DOMAIN=https://t.example/\n",
	    ":1: AUTH0_DOMAIN: expected a host name "
	    "without scheme and path, got \"https://t.example/\"");
}

/* Whoever changes the keys on their way here can sign anything. */
static void
keys_come_over_https_unless_from_this_machine(void **state)
{
	(void)state;
	assert_int_equal(load("JWKS_URL=http://localhost:9/jwks.json\n"), 0);
	conf_free(&conf);
	refused("JWKS_URL=http://idp.example/jwks\n",
	    ":1: JWKS_URL: expected an address starting "
	    "with https://, got \"http://idp.example/jwks\"");
	refused("JWKS_URL=http://localhost.evil.net/\n",
	    ":1: JWKS_URL: expected an address starting with https://, got "
	    "\"http://localhost.evil.net/\"");
}

/* They would be shown wherever the configuration is; and before a host they hide which it is. */
static void
an_address_of_keys_has_no_user_and_password(void **state)
{
	static const char *const bad[] = { "https://ann:pass@idp.example/k", "https://@idp.example",
		"http://localhost:80@evil.example/", "http://ann:pass@idp.example/",
		"ann:pass@idp.example" };
	char text[100];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), "JWKS_URL=%s\n", bad[i]);
		refused(text, ":1: JWKS_URL: expected an address without user and password");
	}
}

static void
an_address_of_keys_is_one(void **state)
{
	static const char *const good[] = { "https://idp", "https://[::1]:8443/k?x=1&y=%20",
		"http://[::1]/", "http://127.0.0.1:80", "https://idp.example:8443?k" };
	static const char *const bad[] = { "https://", "https:///k", "https://idp\\evil/",
		"https://idp/a b", "https://idp/#k", "http://[::1]evil/", "https://i dp/",
		"https://id\xc3\xbc/", "HTTPS://idp/", "file:///etc/passwd", "https:/idp" };
	char text[100];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		snprintf(text, sizeof(text), "JWKS_URL=%s\n", good[i]);
		assert_int_equal(load(text), 0);
		conf_free(&conf);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), "JWKS_URL=%s\n", bad[i]);
		assert_int_equal(load(text), -1);
		assert_non_null(strstr(why, "JWKS_URL: expected an address"));
		conf_free(&conf);
	}
}

static void
proxies_are_addresses_and_networks(void **state)
{
	(void)state;
	assert_int_equal(load("TRUSTED_PROXIES=10.0.0.0/8, 192.0.2.1,fd00::/8 ::1\n"), 0);
	assert_int_equal(load("TRUSTED_PROXIES=0.0.0.0/0,::/0,::ffff:192.0.2.1/128\n"), 0);

	static const char *const bad[] = { "proxy.example", "10.0.0.0/33", "fd00::/129", "10.0.0.0/",
		"10.0.0/8", "10.0.0.0/-1", "10.0.0.0/8/8", "/8", "unix:", "10.0.0.1;", "::1/1x",
		"10.0.0.0/000000000000000000000000000000000000008" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[128], rest[256];

		snprintf(text, sizeof(text), "TRUSTED_PROXIES=192.0.2.1, %s\n", bad[i]);
		assert_int_equal(load(text), -1);
		snprintf(rest, sizeof(rest), ":1: TRUSTED_PROXIES: expected addresses or networks "
		    "like 10.0.0.0/8, got \"%s\"", bad[i]);
		assert_string_equal(why + strlen(path), rest);
	}
	conf_free(&conf);
}

static void
so_are_those_who_may_read_the_figures(void **state)
{
	(void)state;
	assert_int_equal(load("METRICS_ALLOW=\n"), 0);
	assert_int_equal(load("METRICS_ALLOW=10.1.2.3, fd00::/8\n"), 0);
	assert_int_equal(load("METRICS_ALLOW=prometheus.example\n"), -1);
	assert_non_null(strstr(why, "METRICS_ALLOW: expected addresses or networks"));
	conf_free(&conf);
}

static void
an_unreadable_file_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(conf_load(&conf, "/nonexistent/x", NULL, why, sizeof(why)), -1);
	assert_string_equal(why, "/nonexistent/x: cannot be read: No such file or directory");
	conf_free(&conf);
	assert_int_equal(conf_load(&conf, "/tmp", NULL, why, sizeof(why)), -1);
	conf_free(&conf);
}

static void
lines_and_files_have_a_bound(void **state)
{
	char *text = malloc(70000);

	(void)state;
	memset(text, 'x', 70000);
	assert_int_equal(load_bytes(text, 9000, NULL), -1);
	assert_non_null(strstr(why, ":1: expected at most "));
	conf_free(&conf);
	assert_int_equal(load_bytes(text, 70000, NULL), -1);
	assert_non_null(strstr(why, "cannot be read"));
	conf_free(&conf);
	free(text);
}

static void
an_empty_file_and_a_byte_order_mark_are_fine(void **state)
{
	(void)state;
	assert_int_equal(load(""), 0);
	conf_free(&conf);
	assert_int_equal(load("\xef\xbb\xbfPORT=81\n"), 0);
	assert_int_equal(conf.number[CONF_PORT], 81);
	conf_free(&conf);
}

static void
the_table_is_described_in_one_line_a_key(void **state)
{
	struct buf b = BUF_INIT;
	int lines = 0;

	(void)state;
	conf_describe(&b);
	buf_char(&b, '\0');
	assert_false(buf_failed(&b));
	for (const char *c = b.at; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, CONF_KEYS);
	assert_non_null(strstr(b.at, "PORT\tnumber\t1-65535\t8080\tTCP port of the service\n"));
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_has_a_default_that_its_own_check_accepts),
		cmocka_unit_test(the_file_wins_over_the_default_and_the_environment_over_the_file),
		cmocka_unit_test(an_unknown_key_is_an_error_with_its_line),
		cmocka_unit_test(a_key_given_twice_is_an_error),
		cmocka_unit_test(a_section_is_an_error),
		cmocka_unit_test(a_line_without_equals_is_an_error),
		cmocka_unit_test(an_indented_line_is_a_line_of_its_own),
		cmocka_unit_test(numbers_are_whole_and_within_their_range),
		cmocka_unit_test(a_level_is_one_of_its_words),
		cmocka_unit_test(texts_have_a_longest),
		cmocka_unit_test(the_longest_run_dir_leaves_room_for_a_rooms_socket),
		cmocka_unit_test(control_characters_are_refused),
		cmocka_unit_test(origins_must_be_origins),
		cmocka_unit_test(auth0_domain_gives_issuer_and_keys_address),
		cmocka_unit_test(admin_audience_is_another_one_than_people_s),
		cmocka_unit_test(what_is_set_itself_wins_over_what_auth0_domain_gives),
		cmocka_unit_test(a_domain_is_not_an_address),
		cmocka_unit_test(keys_come_over_https_unless_from_this_machine),
		cmocka_unit_test(an_address_of_keys_has_no_user_and_password),
		cmocka_unit_test(an_address_of_keys_is_one),
		cmocka_unit_test(proxies_are_addresses_and_networks),
		cmocka_unit_test(so_are_those_who_may_read_the_figures),
		cmocka_unit_test(an_unreadable_file_is_an_error),
		cmocka_unit_test(lines_and_files_have_a_bound),
		cmocka_unit_test(an_empty_file_and_a_byte_order_mark_are_fine),
		cmocka_unit_test(the_table_is_described_in_one_line_a_key),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
