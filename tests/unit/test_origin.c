/* Which pages may connect. Cross-site use of a signed-in person's browser stops here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "origin.h"

#define ALLOWED(origin, list) assert_true(origin_is_allowed(origin, list, 8080))
#define REFUSED(origin, list) assert_false(origin_is_allowed(origin, list, 8080))

static const char app[] = "https://app.example.com";

static void
no_origin_is_no_browser_and_passes(void **state)
{
	(void)state;
	ALLOWED(NULL, app);
	ALLOWED("", app);
}

static void
an_equal_origin_passes_whatever_its_case(void **state)
{
	(void)state;
	ALLOWED("https://app.example.com", app);
	ALLOWED("HTTPS://App.Example.COM", app);
	ALLOWED("https://app.example.com", "HTTPS://APP.example.com");
}

static void
default_ports_are_implied_on_both_sides(void **state)
{
	(void)state;
	ALLOWED("https://app.example.com:443", app);
	ALLOWED("https://app.example.com", "https://app.example.com:443");
	ALLOWED("http://a.example:80", "http://a.example");
	REFUSED("https://app.example.com:80", app);
	REFUSED("https://app.example.com:8443", app);
	REFUSED("http://app.example.com:443", app);
}

static void
scheme_matters(void **state)
{
	(void)state;
	REFUSED("http://app.example.com", app);
	REFUSED("ftp://app.example.com", app);
}

/* What a sloppy comparison lets through. */
static void
prefixes_suffixes_and_subdomains_do_not_match(void **state)
{
	(void)state;
	REFUSED("https://app.example.com.evil.net", app);
	REFUSED("https://evil-app.example.com", app);
	REFUSED("https://sub.app.example.com", app);
	REFUSED("https://example.com", app);
	REFUSED("https://app.example.co", app);
	REFUSED("https://app.example.com@evil.net", app);
	REFUSED("https://evil.net/https://app.example.com", app);
	REFUSED("https://app.example.com.", app);
	REFUSED("https://app.example.com/", app);
	REFUSED("https://app.example.com, https://evil.net", app);
	REFUSED(" https://app.example.com", app);
	REFUSED("https://app.example.com#", app);
	REFUSED("https://app.example.com:", app);
	REFUSED("https://app.example.com:0443", "https://app.example.com:443x");
}

static void
null_passes_only_where_it_is_listed(void **state)
{
	(void)state;
	REFUSED("null", app);
	REFUSED("null", "");
	ALLOWED("null", "https://app.example.com,null");
	REFUSED("NULL", "https://app.example.com,null");
	REFUSED("https://null", "null");
}

static void
spaces_around_commas_are_fine(void **state)
{
	const char *list = "  https://a.example , https://b.example ,https://c.example\t";

	(void)state;
	ALLOWED("https://a.example", list);
	ALLOWED("https://b.example", list);
	ALLOWED("https://c.example", list);
	REFUSED("https://d.example", list);
}

static void
an_empty_list_means_localhost_3000_and_the_service_itself(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *list = i ? "  " : "";

		ALLOWED("http://localhost:3000", list);
		ALLOWED("http://localhost:8080", list);
		ALLOWED("http://127.0.0.1:8080", list);
		REFUSED("http://localhost", list);
		REFUSED("http://127.0.0.1:3000", list);
		REFUSED("https://localhost:8080", list);
		REFUSED("http://localhost.evil.net:8080", list);
	}
	assert_true(origin_is_allowed("http://localhost", "", 80));
}

static void
ipv6_hosts_are_understood(void **state)
{
	(void)state;
	ALLOWED("http://[::1]:3000", "http://[::1]:3000");
	REFUSED("http://[::1]:3001", "http://[::1]:3000");
	REFUSED("http://[::1", "http://[::1]");
	REFUSED("http://::1", "http://[::1]");
}

static void
other_schemes_have_no_default_port(void **state)
{
	(void)state;
	ALLOWED("capacitor://localhost", "capacitor://localhost");
	REFUSED("capacitor://localhost:80", "capacitor://localhost");
}

static void
a_list_is_valid_or_names_the_entry_that_is_not(void **state)
{
	static const char *const bad[] = { "*", "app.example.com", "https://", "https://a.example/",
		"https://a.example:", "https://a.example:0", "https://a.example:65536",
		"https://a.example:443443", "https://*.example.com", "://a", "1http://a",
		"https://a.example,,https://b.example", "https://a.example,", ",", "https://a b",
		"https://[]", "https://[::1", "NULL", "https:/a", "https://a.example;https://b" };
	char why[160];

	(void)state;
	assert_true(origin_list_valid("", why, sizeof(why)));
	assert_true(origin_list_valid(" ", why, sizeof(why)));
	assert_true(origin_list_valid("null", why, sizeof(why)));
	assert_true(origin_list_valid("https://a.example , http://b:81,null", why, sizeof(why)));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		why[0] = '\0';
		if (origin_list_valid(bad[i], why, sizeof(why)))
			fail_msg("%s was taken for a list of origins", bad[i]);
		assert_non_null(strstr(why, "expected scheme://host[:port]"));
	}
}

static void
a_list_has_a_bound(void **state)
{
	char list[2000] = "", why[160];

	(void)state;
	for (int i = 0; i < 64; i++)
		strcat(list, i ? ",http://a" : "http://a");
	assert_true(origin_list_valid(list, why, sizeof(why)));
	strcat(list, ",http://a");
	assert_false(origin_list_valid(list, why, sizeof(why)));
	assert_string_equal(why, "expected at most 64 origins, got more");
}

static void
an_endless_origin_is_refused(void **state)
{
	char origin[2000] = "https://";

	(void)state;
	memset(origin + 8, 'a', sizeof(origin) - 9);
	REFUSED(origin, app);
	assert_false(origin_is_allowed(origin, origin, 8080));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_origin_is_no_browser_and_passes),
		cmocka_unit_test(an_equal_origin_passes_whatever_its_case),
		cmocka_unit_test(default_ports_are_implied_on_both_sides),
		cmocka_unit_test(scheme_matters),
		cmocka_unit_test(prefixes_suffixes_and_subdomains_do_not_match),
		cmocka_unit_test(null_passes_only_where_it_is_listed),
		cmocka_unit_test(spaces_around_commas_are_fine),
		cmocka_unit_test(an_empty_list_means_localhost_3000_and_the_service_itself),
		cmocka_unit_test(ipv6_hosts_are_understood),
		cmocka_unit_test(other_schemes_have_no_default_port),
		cmocka_unit_test(a_list_is_valid_or_names_the_entry_that_is_not),
		cmocka_unit_test(a_list_has_a_bound),
		cmocka_unit_test(an_endless_origin_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
