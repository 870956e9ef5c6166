/* rates – see rates.h. */
#include "rates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "seen.h"

/* clang-format off */
static const struct column {
	const char *title;
	const char *of_room, *of_connection; /* fields of the answer; NULL: it has none */
	const char *name;		     /* in our JSON */
	bool per_second;
} columns[RATES] = {
	[RATE_CONNECTIONS] = { "CONN",  "connections", NULL,        "connections", false },
	[RATE_MESSAGES]    = { "MSG/S", "messages",    "events",    "messagesPerSecond", true },
	[RATE_BYTES]       = { "B/S",   "bytes",       "bytes",     "bytesPerSecond", true },
	[RATE_WAITING]     = { "SLOW",  "slow",        "mailBytes", "slow", false },
	[RATE_HOLES]       = { "HOLES", "holes",       "holes",     "holes", false },
};
/* clang-format on */

enum { NUMBER_WIDTH = 9, NAME_LEAST = 12, HEAD_LINES = 3 };

/* ---- taking ---- */

static const cJSON *
list_of(const cJSON *answer, bool *connections)
{
	const cJSON *rooms = cJSON_GetObjectItemCaseSensitive(answer, "rooms");

	*connections = !rooms;
	return rooms ? rooms : cJSON_GetObjectItemCaseSensitive(answer, "list");
}

static int
compare_ids(const void *a, const void *b)
{
	return strcmp(((const struct rate_row *)a)->id, ((const struct rate_row *)b)->id);
}

/* What the figure was: 0 for what was not there. */
static const cJSON *
find_before(const cJSON *answer, const char *key, const char *id)
{
	bool connections;
	const cJSON *one;

	cJSON_ArrayForEach(one, list_of(answer, &connections))
		if (strcmp(ctl_text(one, key), id) == 0)
			return one;
	return NULL;
}

/* Looks are long, and in the same order but for what came and went: so the next is tried first. */
static const cJSON *
find_next(const cJSON *answer, const cJSON **hint, const char *key, const char *id)
{
	const cJSON *found = *hint;

	if (!found || strcmp(ctl_text(found, key), id) != 0)
		found = find_before(answer, key, id);
	if (found)
		*hint = found->next;
	return found;
}

static void
take_row(struct rate_row *row, const cJSON *one, const cJSON *before, bool connection,
    double seconds)
{
	row->name = ctl_text(one, connection ? "sub" : "room");
	row->detail = connection ? ctl_text(one, "room") : "";
	row->id = ctl_text(one, connection ? "session" : "room");
	for (int i = 0; i < RATES; i++) {
		const char *field = connection ? columns[i].of_connection : columns[i].of_room;
		double now = field ? ctl_number(one, field) : 1;
		double was = before && field ? ctl_number(before, field) : 0;

		if (columns[i].per_second)
			now = seconds > 0 && now > was ? (now - was) / seconds : 0;
		row->value[i] = now;
	}
}

static void
take_rows(struct rates *r, const cJSON *list, const cJSON *old, bool connections, double seconds)
{
	const char *key = connections ? "session" : "room";
	bool unused;
	const cJSON *one, *hint = old ? list_of(old, &unused)->child : NULL;

	cJSON_ArrayForEach(one, list) {
		const cJSON *was = old ? find_next(old, &hint, key, ctl_text(one, key)) : NULL;
		struct rate_row *row = &r->rows[r->count++];

		take_row(row, one, was, connections, seconds);
		r->messages += row->value[RATE_MESSAGES];
		r->bytes += row->value[RATE_BYTES];
	}
}

/* Another broker counts anew, and another view is of something else. */
static const cJSON *
comparable(const struct rates *before, const cJSON *answer, bool connections)
{
	double pid = ctl_number(answer, "pid");
	bool were;

	if (!before || !before->answer || !list_of(before->answer, &were) || were != connections)
		return NULL;
	return ctl_number(before->answer, "pid") == pid ? before->answer : NULL;
}

int
rates_take(struct rates *r, cJSON *answer, const struct rates *before)
{
	bool connections;
	const cJSON *list = list_of(answer, &connections), *old;
	double seconds = 0;

	*r = (struct rates){ .answer = answer };
	if (!cJSON_IsArray(list) ||
	    !(r->rows = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof(*r->rows)))) {
		rates_fini(r);
		return -1;
	}
	old = comparable(before, answer, connections);
	r->first = !old;
	if (old)
		seconds = (ctl_number(answer, "now") - ctl_number(old, "now")) / 1000;
	if (seconds > 0)
		r->cpu = (ctl_number(answer, "cpuUs") - ctl_number(old, "cpuUs")) / 1e6 / seconds;
	take_rows(r, list, old, connections, seconds);
	return 0;
}

void
rates_fini(struct rates *r)
{
	free(r->rows);
	cJSON_Delete(r->answer);
	*r = (struct rates){ .answer = NULL };
}

/* ---- sorting ---- */

static int
compare(const void *a, const void *b, void *context)
{
	const struct rate_row *x = a, *y = b;
	enum rate by = *(const enum rate *)context;

	if (by < RATES && x->value[by] != y->value[by])
		return x->value[by] < y->value[by] ? 1 : -1;
	return strcmp(x->name, y->name) != 0 ? strcmp(x->name, y->name) : compare_ids(a, b);
}

void
rates_sort(struct rates *r, enum rate by, bool upwards)
{
	qsort_r(r->rows, r->count, sizeof(*r->rows), compare, &by);
	for (size_t i = 0; upwards && i < r->count / 2; i++) {
		struct rate_row other = r->rows[i];

		r->rows[i] = r->rows[r->count - 1 - i];
		r->rows[r->count - 1 - i] = other;
	}
}

/* ---- drawing ---- */

/* 950, 12.3k, 4.5M: at most six characters. */
static void
put_number(struct buf *to, double n)
{
	static const char units[] = " kMGT";
	char text[24];
	size_t unit = 0;

	while (n >= 9999.5 && unit + 2 < sizeof(units)) {
		n /= 1000;
		unit++;
	}
	if (unit == 0)
		snprintf(text, sizeof(text), n < 10 && n != (long)n ? "%.1f" : "%.0f", n);
	else
		snprintf(text, sizeof(text), n < 100 ? "%.1f%c" : "%.0f%c", n, units[unit]);
	buf_fmt(to, "%*s", NUMBER_WIDTH, text);
}

static void
put_head(const struct rates *r, const struct rates_view *v, struct buf *to)
{
	const cJSON *draining = cJSON_GetObjectItemCaseSensitive(r->answer, "draining");
	struct buf line = BUF_INIT;

	buf_fmt(&line, "beckon: %zu %s, %.0f connections%s", r->count,
	    v->connections ? "listed" : "rooms", ctl_number(r->answer, "connections"),
	    cJSON_IsTrue(draining) ? ", DRAINING" : "");
	buf_fmt(&line, "   %.1f msg/s, %.0f B/s   broker %.0f: cpu %.0f%%, %.1f MB", r->messages,
	    r->bytes, ctl_number(r->answer, "pid"), r->cpu * 100,
	    ctl_number(r->answer, "memory") / 1e6);
	buf_char(&line, '\0');
	if (!buf_failed(&line))
		seen_put_text(to, line.at, v->width, false);
	buf_str(to, "\n\n");
	buf_fini(&line);
}

static size_t
name_width(const struct rates_view *v)
{
	size_t numbers = RATES * NUMBER_WIDTH, usual = v->connections ? 44 : 34;

	if (v->width == 0 || v->width > numbers + usual)
		return usual;
	return v->width > numbers + NAME_LEAST ? v->width - numbers : NAME_LEAST;
}

static void
put_titles(const struct rates_view *v, struct buf *to)
{
	size_t width = name_width(v);

	if (v->color)
		buf_str(to, "\033[7m");
	seen_put_text(to, v->by == RATE_NAME ? "NAME*" : "NAME", width, true);
	for (int i = 0; i < RATES; i++) {
		bool fits = v->width == 0 || width + NUMBER_WIDTH * ((size_t)i + 1) <= v->width;
		char title[16];

		snprintf(title, sizeof(title), "%s%s", columns[i].title,
		    v->by == (enum rate)i ? "*" : "");
		if (fits)
			buf_fmt(to, "%*s", NUMBER_WIDTH, title);
	}
	buf_str(to, v->color ? "\033[0m\n" : "\n");
}

static void
put_row(const struct rate_row *row, const struct rates_view *v, struct buf *to)
{
	size_t width = name_width(v);
	char name[800];

	snprintf(name, sizeof(name), row->detail[0] ? "%s  %s" : "%s%s", row->name, row->detail);
	seen_put_text(to, name, width, true);
	for (int i = 0; i < RATES; i++)
		if (v->width == 0 || width + NUMBER_WIDTH * ((size_t)i + 1) <= v->width)
			put_number(to, row->value[i]);
	buf_char(to, '\n');
}

void
rates_draw(const struct rates *r, const struct rates_view *v, struct buf *to)
{
	size_t room = v->height == 0 ? r->count
	    : v->height > HEAD_LINES ? v->height - HEAD_LINES : 0;

	put_head(r, v, to);
	put_titles(v, to);
	for (size_t i = v->from; i < r->count && i - v->from < room; i++)
		put_row(&r->rows[i], v, to);
}

cJSON *
rates_json(const struct rates *r)
{
	cJSON *all = cJSON_CreateObject(), *list, *one;

	cJSON_AddNumberToObject(all, "connections", ctl_number(r->answer, "connections"));
	cJSON_AddNumberToObject(all, "messagesPerSecond", r->messages);
	cJSON_AddNumberToObject(all, "bytesPerSecond", r->bytes);
	cJSON_AddNumberToObject(all, "brokerPid", ctl_number(r->answer, "pid"));
	cJSON_AddNumberToObject(all, "brokerCpu", r->cpu);
	cJSON_AddNumberToObject(all, "brokerMemory", ctl_number(r->answer, "memory"));
	list = cJSON_AddArrayToObject(all, "rows");
	for (size_t i = 0; i < r->count; i++) {
		one = cJSON_CreateObject();
		cJSON_AddStringToObject(one, "name", r->rows[i].name);
		if (r->rows[i].detail[0])
			cJSON_AddStringToObject(one, "room", r->rows[i].detail);
		for (int j = 0; j < RATES; j++)
			cJSON_AddNumberToObject(one, columns[j].name, r->rows[i].value[j]);
		cJSON_AddItemToArray(list, one);
	}
	return all;
}
