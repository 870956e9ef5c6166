/* figures – see figures.h. Of the text format: HELP and TYPE come before a name's values, `\` and
 * line ends are escaped, and of a histogram each bucket includes the smaller ones. */
#include "figures.h"

#include <inttypes.h>
#include <string.h>

/* clang-format off */
const struct scale scale_ones = { 1, 9, { 1, 2, 4, 8, 16, 32, 64, 128, 256 } };
const struct scale scale_ms = { .per = 1000 };
const struct scale scale_us = { 1000000, 16, {
	50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000,
	2500000, 10000000 } };
/* clang-format on */

unsigned
scale_bucket(const struct scale *s, uint64_t value)
{
	unsigned i = 0;

	while (i < s->bounds && value > s->bound[i])
		i++;
	return i;
}

void
histogram_add(struct histogram *h, const struct scale *s, uint64_t value, uint64_t times)
{
	h->bucket[scale_bucket(s, value)] += times;
	h->sum += value * times;
}

static void
put_escaped(struct buf *to, const char *text, bool quoted)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buf_str(to, "\\n");
		else if (*text == '\\' || (*text == '"' && quoted))
			buf_fmt(to, "\\%c", *text);
		else
			buf_char(to, *text);
	}
}

void
figures_label(struct buf *to, const char *name, const char *value)
{
	if (to->len > 0 && to->at[to->len - 1] == '"')
		buf_char(to, ',');
	buf_fmt(to, "%s=\"", name);
	put_escaped(to, value, true);
	buf_char(to, '"');
}

/* As a decimal fraction without needless zeroes. */
static void
put_number(struct buf *to, uint64_t n, const struct scale *s)
{
	uint64_t rest = n % s->per;

	buf_fmt(to, "%" PRIu64, n / s->per);
	if (rest > 0)
		buf_char(to, '.');
	for (uint64_t place = s->per / 10; rest > 0; place /= 10) {
		buf_char(to, (char)('0' + rest / place));
		rest %= place;
	}
}

static void
put_line(struct buf *to, const struct figure_row *row, const char *suffix, const struct buf *labels,
    uint64_t n, const struct scale *s)
{
	buf_fmt(to, "%s%s", row->name, suffix);
	if (labels->len > 0)
		buf_fmt(to, "{%.*s}", (int)labels->len, labels->at);
	buf_char(to, ' ');
	put_number(to, n, s);
	buf_char(to, '\n');
}

static void
put_histogram(struct buf *to, const struct figure_row *row, struct buf *labels,
    const struct histogram *h)
{
	static const struct scale count = { .per = 1 };
	size_t before = labels->len;
	struct buf bound = BUF_INIT;
	uint64_t sum = 0;

	for (unsigned i = 0; i <= row->scale->bounds; i++) {
		sum += h->bucket[i];
		buf_reset(&bound);
		if (i < row->scale->bounds)
			put_number(&bound, row->scale->bound[i], row->scale);
		else
			buf_str(&bound, "+Inf");
		buf_char(&bound, '\0');
		labels->len = before;
		figures_label(labels, "le", buf_failed(&bound) ? "" : bound.at);
		put_line(to, row, "_bucket", labels, sum, &count);
	}
	labels->len = before;
	put_line(to, row, "_sum", labels, h->sum, row->scale);
	put_line(to, row, "_count", labels, sum, &count);
	buf_fini(&bound);
}

static void
put_value(struct buf *to, const struct figure_row *row, struct buf *labels, unsigned index,
    const char *values)
{
	if (row->type == FIGURE_HISTOGRAM)
		put_histogram(to, row, labels, (const struct histogram *)values + index);
	else
		put_line(to, row, "", labels, ((const uint64_t *)values)[index], row->scale);
}

static void
put_row(struct buf *to, const struct figure_row *row, const char *values)
{
	static const char *const types[] = { [FIGURE_COUNTER] = "counter", [FIGURE_GAUGE] = "gauge",
		[FIGURE_HISTOGRAM] = "histogram" };
	struct buf labels = BUF_INIT;

	buf_fmt(to, "# HELP %s ", row->name);
	put_escaped(to, row->help, false);
	buf_fmt(to, "\n# TYPE %s %s\n", row->name, types[row->type]);
	for (unsigned i = 0; i < row->count; i++) {
		buf_reset(&labels);
		if (row->labels == NULL || row->labels(&labels, i))
			put_value(to, row, &labels, i, values);
	}
	buf_fini(&labels);
}

void
figures_put(struct buf *to, const struct figure_row *rows, size_t count, const void *holder)
{
	for (size_t i = 0; i < count; i++)
		put_row(to, &rows[i], (const char *)holder + rows[i].offset);
}
