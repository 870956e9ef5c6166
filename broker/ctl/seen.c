/* seen – see seen.h. */
#include "seen.h"

#include <string.h>
#include <time.h>

#include "control.h"
#include "ctl.h"
#include "utf8.h"

enum { WHO_WIDTH = 16, EVENT_WIDTH = 18, ROOM_WIDTH = 20 }; /* columns, for what is usual */

void
seen_read(struct seen *s, const cJSON *message, bool text)
{
	const cJSON *payload = cJSON_GetObjectItemCaseSensitive(message, "payload");
	double ts = ctl_number(message, "ts"), seq = ctl_number(message, "seq");

	s->event = ctl_text(message, "event");
	s->who = ctl_text(payload, "clientId");
	s->target = ctl_text(payload, "targetClientId");
	s->payload = text ? payload : NULL;
	if (ts > 0)
		s->time = (int64_t)ts;
	if (seq > 0)
		s->seq = (uint64_t)seq;
}

/* Characters of the text, up to `most`; *bytes of them. */
static size_t
measure(const char *text, size_t most, size_t *bytes)
{
	size_t n = strlen(text), at = 0, count = 0;
	uint32_t point;

	for (; at < n && count < most; count++)
		at += utf8_take(text + at, n - at, &point);
	*bytes = at;
	return count;
}

static void
put_harmless(struct buf *to, const char *text, size_t len)
{
	uint32_t point;

	for (const char *end = text + len; text < end;) {
		size_t steers = control_at(text) + control_turning_at(text);
		size_t n = utf8_take(text, (size_t)(end - text), &point);

		if (steers > 0 || point == UTF8_BAD)
			buf_char(to, '?');
		else
			buf_add(to, text, n);
		text += n;
	}
}

void
seen_put_text(struct buf *to, const char *text, size_t width, bool pad)
{
	size_t bytes, count = measure(text, width > 0 ? width : SIZE_MAX, &bytes);

	if (text[bytes]) {
		count = measure(text, width - 1, &bytes) + 1;
		put_harmless(to, text, bytes);
		buf_str(to, "…");
	} else {
		put_harmless(to, text, bytes);
	}
	for (; pad && count < width; count++)
		buf_char(to, ' ');
}

static void
put_time(struct buf *to, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	buf_fmt(to, "%02d:%02d:%02d.%03d", tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(ms % 1000));
}

static void
put_payload(struct buf *to, const struct seen *s)
{
	char *text = cJSON_PrintUnformatted(s->payload);

	if (text)
		seen_put_text(to, text, 0, false);
	cJSON_free(text);
}

/* A column that is wider than usual pushes the others aside: nothing that counts is cut off. */
static void
put_column(struct buf *to, const char *text, size_t width)
{
	size_t bytes, count = measure(text, SIZE_MAX, &bytes);

	buf_char(to, ' ');
	put_harmless(to, text, bytes);
	for (; count < width; count++)
		buf_char(to, ' ');
}

void
seen_put(struct buf *to, const struct seen *s)
{
	put_time(to, s->time);
	put_column(to, s->room, ROOM_WIDTH);
	buf_fmt(to, " %6llu", (unsigned long long)s->seq);
	put_column(to, s->who[0] ? s->who : "-", WHO_WIDTH);
	put_column(to, s->event, EVENT_WIDTH);
	put_column(to, s->target[0] ? s->target : "*", WHO_WIDTH);
	buf_fmt(to, " %5zu", s->size);
	if (s->payload) {
		buf_char(to, ' ');
		put_payload(to, s);
	}
	buf_char(to, '\n');
}

static void
put_field(struct buf *to, const char *name, const char *text)
{
	if (!text[0])
		return;
	buf_fmt(to, ",\"%s\":", name);
	buf_json(to, text, strlen(text));
}

void
seen_put_json(struct buf *to, const struct seen *s)
{
	char *payload = s->payload ? cJSON_PrintUnformatted(s->payload) : NULL;

	buf_fmt(to, "{\"time\":%lld,\"seq\":%llu", (long long)s->time, (unsigned long long)s->seq);
	put_field(to, "room", s->room);
	put_field(to, "who", s->who);
	put_field(to, "event", s->event);
	put_field(to, "target", s->target);
	buf_fmt(to, ",\"size\":%zu", s->size);
	if (payload)
		buf_fmt(to, ",\"payload\":%s", payload);
	buf_char(to, '}');
	cJSON_free(payload);
}
