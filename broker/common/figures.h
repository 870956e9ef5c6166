/* figures – counters, gauges and histograms, and their text as Prometheus reads it.
 *
 * A program's figures are a table (a .def file) that makes both: the fields of a struct, which its
 * modules count in by their names, and the rows from which they are written down (text format
 * 0.0.4). All of them are whole numbers, so that counting is an addition; the scale of a row says
 * what they are in. It refuses to know where figures come from. Pure. Implemented in figures.c. */
#ifndef BECKON_FIGURES_H
#define BECKON_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum { BUCKETS_MAX = 16 };

/* So many are one of the unit in the name. A histogram's bounds, rising, are of the small ones. */
struct scale {
	uint64_t per;
	unsigned bounds;
	uint64_t bound[BUCKETS_MAX];
};

extern const struct scale scale_ones; /* 1 to 256, doubling */
extern const struct scale scale_ms;   /* of seconds */
extern const struct scale scale_us;   /* of seconds; 50 us to 10 s */

struct histogram {
	uint64_t sum;
	uint64_t bucket[BUCKETS_MAX + 1]; /* each by itself; behind the bounds all that is more */
};

/* The bucket of a value. */
unsigned scale_bucket(const struct scale *s, uint64_t value);

/* `times` values of this one. */
void histogram_add(struct histogram *h, const struct scale *s, uint64_t value, uint64_t times);

enum figure_type { FIGURE_COUNTER, FIGURE_GAUGE, FIGURE_HISTOGRAM };

/* Appends the labels of the value at this index, each with figures_label. False: it is no value. */
typedef bool figure_labels(struct buf *to, unsigned index);

struct figure_row {
	enum figure_type type;
	const char *name;
	size_t offset;	/* of the values, one after the other */
	unsigned count; /* of them */
	const struct scale *scale;
	figure_labels *labels; /* NULL: there is one value, and it needs none */
	const char *help;
};

/* For the fields and the rows made from a table, whose lines are
 *
 *	FIGURE(type, field, count, scale, labels, name, help)
 *
 * with type COUNTER, GAUGE or HISTOGRAM, and scale without `scale_`. */
#define FIGURE_HOLDS_COUNTER uint64_t
#define FIGURE_HOLDS_GAUGE uint64_t
#define FIGURE_HOLDS_HISTOGRAM struct histogram
#define FIGURE_FIELD(type, field, count) FIGURE_HOLDS_##type field[count];
#define FIGURE_ROW(holder, type, field, count, scale, labels, name, help)                          \
	{ FIGURE_##type, name, offsetof(holder, field), count, &scale_##scale, labels, help },

/* Appends all rows, for the struct that begins at `holder`. */
void figures_put(struct buf *to, const struct figure_row *rows, size_t count, const void *holder);

/* Appends name="value", escaped, with a comma where there is one before. */
void figures_label(struct buf *to, const char *name, const char *value);

#endif
