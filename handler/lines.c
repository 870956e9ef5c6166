/* lines – see lines.h. */
#include "lines.h"

#include <string.h>

#include "bounds.h"

void
lines_init(struct lines *l)
{
	*l = (struct lines){ .line_begins = true };
	json_scanner_init(&l->scanner);
}

void
lines_fini(struct lines *l)
{
	buf_fini(&l->text);
}

static void
forget_message(struct lines *l)
{
	buf_fini(&l->text);
	l->line = 0;
	l->again = l->told = false;
	json_scanner_init(&l->scanner);
}

static void
tell_broken(struct lines *l, enum problem problem, const char *why, struct line *told)
{
	l->bad++;
	told->kind = LINE_BROKEN;
	told->problem = problem;
	told->why = why;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Does a line that begins so look like the middle of a message printed over several lines? */
static bool
is_continuation(char first)
{
	return is_space(first) || (first != '\0' && strchr("}],\"", first) != NULL);
}

static bool
is_event(struct json_span message)
{
	struct json_span event;

	return json_get(message, "event", &event) && json_type(event) == JSON_STRING;
}

/* A message is complete and is JSON. */
static void
tell_message(struct lines *l, struct line *told)
{
	struct json_span whole = json_root(l->text.at, l->text.len);

	l->told = true;
	if (is_event(whole)) {
		l->bad = 0;
		told->kind = LINE_MESSAGE;
		told->message = whole;
		return;
	}
	tell_broken(l, PROBLEM_BAD_MESSAGE, NULL, told);
	json_get(whole, "id", &told->id);
}

static void
give_up(struct lines *l)
{
	forget_message(l);
	l->skip = true;
}

/* What stands before the last line was never finished; that line is taken on its own. */
static void
refuse_before_line(struct lines *l, const char *why, struct line *told)
{
	tell_broken(l, PROBLEM_BAD_JSON, why, told);
	buf_drop(&l->text, l->line);
	l->line = 0;
	l->again = true;
	json_scanner_init(&l->scanner);
}

/* The text, or `next` behind it, cannot become JSON. */
static void
refuse_text(struct lines *l, char next, struct line *told)
{
	char first = l->text.len > l->line ? l->text.at[l->line] : next;
	const char *why = l->scanner.why;
	bool several = l->line > 0;

	if (several && first == '{') {
		refuse_before_line(l, why, told);
		return;
	}
	tell_broken(l, PROBLEM_BAD_JSON, why, told);
	give_up(l);
	l->loose = several;
}

static void
refuse_size(struct lines *l, struct line *told)
{
	give_up(l);
	l->loose = true;
	tell_broken(l, PROBLEM_TOO_LARGE, NULL, told);
}

/* A line that was refused as part of another message, as a message of its own. */
static void
scan_again(struct lines *l, struct line *told)
{
	size_t n = l->text.len;
	enum json_status status = json_scan(&l->scanner, l->text.at, n, NULL);

	l->again = false;
	if (status == JSON_BAD)
		refuse_text(l, '\0', told);
	else if (status == JSON_DONE && l->text.at[n - 1] == '\n')
		tell_message(l, told);
}

/* A line has ended, and the message has not. */
static void
end_line(struct lines *l, struct line *told)
{
	const char *line = l->text.at + l->line;
	size_t n = l->text.len - l->line;

	if (l->line > 0 && *line == '{' && json_valid(line, n) && is_event(json_root(line, n)))
		refuse_before_line(l, "the message before was not finished", told);
	else
		l->line = l->text.len;
}

/* How many bytes reach to the end of the line or of what is there. */
static size_t
line_length(const char *at, size_t len, bool *ends)
{
	const char *newline = memchr(at, '\n', len);

	*ends = newline != NULL;
	return *ends ? (size_t)(newline + 1 - at) : len;
}

/* Scans up to a line's end. Returns how many bytes were taken. */
static size_t
take_text(struct lines *l, const char *at, size_t len, struct line *told)
{
	bool ends;
	size_t n = line_length(at, len, &ends), used;

	if (l->text.len + n - ends > MESSAGE_MAX) {
		refuse_size(l, told);
		return 0;
	}
	enum json_status status = json_scan(&l->scanner, at, n, &used);
	buf_add(&l->text, at, used);
	if (buf_failed(&l->text))
		refuse_size(l, told);
	else if (status == JSON_BAD)
		refuse_text(l, at[used], told);
	else if (ends && status == JSON_DONE)
		tell_message(l, told);
	else if (ends)
		end_line(l, told);
	l->line_begins = ends && used == n;
	return used;
}

static size_t
skip_line(struct lines *l, const char *at, size_t len)
{
	bool ends;
	size_t n = line_length(at, len, &ends);

	l->skip = !ends;
	l->line_begins = ends;
	return n;
}

static size_t
skip_space(struct lines *l, const char *at, size_t len)
{
	size_t n = 0;

	while (n < len && is_space(at[n]))
		n++;
	if (n > 0)
		l->line_begins = at[n - 1] == '\n';
	return n;
}

/* Takes at least one byte, or tells something. */
static size_t
take_some(struct lines *l, const char *at, size_t len, struct line *told)
{
	if (l->skip)
		return skip_line(l, at, len);
	if (l->loose && l->line_begins) {
		l->loose = l->skip = is_continuation(*at);
		return 0;
	}
	if (l->text.len == 0 && is_space(*at))
		return skip_space(l, at, len);
	return take_text(l, at, len, told);
}

void
lines_next(struct lines *l, const char **at, size_t *len, struct line *told)
{
	*told = (struct line){ .kind = LINE_NONE };
	if (l->told)
		forget_message(l);
	if (l->again)
		scan_again(l, told);
	while (told->kind == LINE_NONE && *len > 0) {
		size_t used = take_some(l, *at, *len, told);

		*at += used;
		*len -= used;
	}
}
