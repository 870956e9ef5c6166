/* Figures: into which bucket a value goes, and how Prometheus reads it all. A name that is not
 * escaped, or a bucket that does not include the smaller ones, is a graph that lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "figures.h"

static const struct scale thirds = { 1000, 3, { 1, 250, 1000 } };

#define scale_thirds thirds
#define TABLE(FIGURE)                                                                              \
	FIGURE(COUNTER, eggs, 1, ones, NULL, "eggs_total", "Eggs.")                                \
	FIGURE(GAUGE, heat, 1, ms, NULL, "heat_seconds", "a \\ and\na \"line\"")                   \
	FIGURE(COUNTER, birds, 3, ones, name_bird, "birds_total", "By name.")                      \
	FIGURE(HISTOGRAM, flight, 1, thirds, NULL, "flight_seconds", "Long.")                      \
	FIGURE(HISTOGRAM, nap, 2, thirds, name_bird, "nap_seconds", "Short.")

struct barn {
#define FIELD(type, field, count, scale, labels, name, help) FIGURE_FIELD(type, field, count)
	TABLE(FIELD)
};

/* The second is nobody's. */
static bool
name_bird(struct buf *to, unsigned index)
{
	static const char *const names[] = { "a \"duck\"", NULL, "back\\slash\n" };

	if (names[index] == NULL)
		return false;
	figures_label(to, "name", names[index]);
	figures_label(to, "kind", "bird");
	return true;
}

static const struct figure_row rows[] = {
#define ROW(...) FIGURE_ROW(struct barn, __VA_ARGS__)
	TABLE(ROW)
};

static void
expect_row(unsigned row, const struct barn *barn, const char *text)
{
	struct buf b = BUF_INIT;

	figures_put(&b, rows + row, 1, barn);
	buf_char(&b, '\0');
	assert_false(buf_failed(&b));
	assert_string_equal(text, b.at);
	buf_fini(&b);
}

static void
a_value_on_a_bound_is_within_it(void **state)
{
	struct histogram h = { 0 };

	(void)state;
	histogram_add(&h, &thirds, 0, 1);
	histogram_add(&h, &thirds, 1, 1);
	assert_int_equal(2, h.bucket[0]);
	histogram_add(&h, &thirds, 2, 1);
	histogram_add(&h, &thirds, 250, 1);
	assert_int_equal(2, h.bucket[1]);
	histogram_add(&h, &thirds, 1000, 1);
	assert_int_equal(1, h.bucket[2]);
	histogram_add(&h, &thirds, 1001, 1);
	histogram_add(&h, &thirds, UINT32_MAX, 1);
	assert_int_equal(2, h.bucket[3]);
	assert_int_equal(2254 + (uint64_t)UINT32_MAX, h.sum);
}

static void
many_at_once_are_as_many_one_by_one(void **state)
{
	struct histogram one = { 0 }, many = { 0 };

	(void)state;
	for (int i = 0; i < 7; i++)
		histogram_add(&one, &scale_us, 777, 1);
	histogram_add(&many, &scale_us, 777, 7);
	histogram_add(&many, &scale_us, 5, 0);
	assert_memory_equal(&one, &many, sizeof(one));
}

/* Or values would go into the wrong one, or behind the array. */
static void
bounds_rise_and_have_their_place(void **state)
{
	const struct scale *const all[] = { &scale_ones, &scale_ms, &scale_us };

	(void)state;
	for (size_t s = 0; s < sizeof(all) / sizeof(all[0]); s++) {
		assert_in_range(all[s]->bounds, 0, BUCKETS_MAX);
		for (unsigned i = 1; i < all[s]->bounds; i++)
			assert_true(all[s]->bound[i] > all[s]->bound[i - 1]);
	}
}

static void
a_counter_is_one_line_below_what_it_is(void **state)
{
	(void)state;
	expect_row(0, &(struct barn){ .eggs = { UINT64_MAX } },
	    "# HELP eggs_total Eggs.\n"
	    "# TYPE eggs_total counter\n"
	    "eggs_total 18446744073709551615\n");
}

static void
help_is_one_line_whatever_it_says(void **state)
{
	(void)state;
	expect_row(1, &(struct barn){ .heat = { 0 } },
	    "# HELP heat_seconds a \\\\ and\\na \"line\"\n"
	    "# TYPE heat_seconds gauge\n"
	    "heat_seconds 0\n");
}

static void
labels_are_escaped_and_what_has_none_is_left_out(void **state)
{
	(void)state;
	expect_row(2, &(struct barn){ .birds = { 1, 2, 3 } },
	    "# HELP birds_total By name.\n"
	    "# TYPE birds_total counter\n"
	    "birds_total{name=\"a \\\"duck\\\"\",kind=\"bird\"} 1\n"
	    "birds_total{name=\"back\\\\slash\\n\",kind=\"bird\"} 3\n");
}

static void
a_bucket_includes_the_smaller_ones(void **state)
{
	struct barn barn = { .eggs = { 0 } };

	(void)state;
	histogram_add(&barn.flight[0], &thirds, 1, 2);
	histogram_add(&barn.flight[0], &thirds, 600, 1);
	histogram_add(&barn.flight[0], &thirds, 4003, 4);
	expect_row(3, &barn,
	    "# HELP flight_seconds Long.\n"
	    "# TYPE flight_seconds histogram\n"
	    "flight_seconds_bucket{le=\"0.001\"} 2\n"
	    "flight_seconds_bucket{le=\"0.25\"} 2\n"
	    "flight_seconds_bucket{le=\"1\"} 3\n"
	    "flight_seconds_bucket{le=\"+Inf\"} 7\n"
	    "flight_seconds_sum 16.614\n"
	    "flight_seconds_count 7\n");
}

static void
a_histogram_s_own_labels_come_first(void **state)
{
	struct barn barn = { .eggs = { 0 } };

	(void)state;
	histogram_add(&barn.nap[0], &thirds, 5000, 1);
	expect_row(4, &barn,
	    "# HELP nap_seconds Short.\n"
	    "# TYPE nap_seconds histogram\n"
	    "nap_seconds_bucket{name=\"a \\\"duck\\\"\",kind=\"bird\",le=\"0.001\"} 0\n"
	    "nap_seconds_bucket{name=\"a \\\"duck\\\"\",kind=\"bird\",le=\"0.25\"} 0\n"
	    "nap_seconds_bucket{name=\"a \\\"duck\\\"\",kind=\"bird\",le=\"1\"} 0\n"
	    "nap_seconds_bucket{name=\"a \\\"duck\\\"\",kind=\"bird\",le=\"+Inf\"} 1\n"
	    "nap_seconds_sum{name=\"a \\\"duck\\\"\",kind=\"bird\"} 5\n"
	    "nap_seconds_count{name=\"a \\\"duck\\\"\",kind=\"bird\"} 1\n");
}

static void
fractions_are_decimal_and_short(void **state)
{
	static const struct {
		uint64_t ms;
		const char *text;
	} cases[] = { { 1, "0.001" }, { 20, "0.02" }, { 1500, "1.5" }, { 2000, "2" },
		{ 1764096000123, "1764096000.123" } };
	char expected[160];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(expected, sizeof(expected),
		    "# HELP heat_seconds a \\\\ and\\na \"line\"\n"
		    "# TYPE heat_seconds gauge\nheat_seconds %s\n", cases[i].text);
		expect_row(1, &(struct barn){ .heat = { cases[i].ms } }, expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_on_a_bound_is_within_it),
		cmocka_unit_test(many_at_once_are_as_many_one_by_one),
		cmocka_unit_test(bounds_rise_and_have_their_place),
		cmocka_unit_test(a_counter_is_one_line_below_what_it_is),
		cmocka_unit_test(help_is_one_line_whatever_it_says),
		cmocka_unit_test(labels_are_escaped_and_what_has_none_is_left_out),
		cmocka_unit_test(a_bucket_includes_the_smaller_ones),
		cmocka_unit_test(a_histogram_s_own_labels_come_first),
		cmocka_unit_test(fractions_are_decimal_and_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
