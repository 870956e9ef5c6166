/* trail – see trail.h. */
#include "trail.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINES_MAX = 10000 }; /* of one connection; a log that says more of it is no use */

/* In the order of a connection's life: nginx writes its line when it is over. */
static const char *const stages[] = { "authorizer", "websocketd", "handler", "broker", "access" };

static int
stage_of(const char *source)
{
	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++)
		if (strstr(source, stages[i]))
			return (int)i;
	return (int)(sizeof(stages) / sizeof(*stages));
}

/* ---- times ---- */

/* `2026-11-25T18:52:57+00:00`, `…57.123Z` */
static int64_t
read_iso(const char *at)
{
	struct tm tm = { 0 };
	int hours = 0, minutes = 0, ms = 0;
	const char *rest = strptime(at, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t seconds;

	if (!rest)
		return -1;
	if (*rest == '.' && isdigit((unsigned char)rest[1])) {
		sscanf(rest + 1, "%3d", &ms);
		rest += 1 + strspn(rest + 1, "0123456789");
	}
	seconds = timegm(&tm);
	if ((*rest == '+' || *rest == '-') && sscanf(rest + 1, "%2d:%2d", &hours, &minutes) == 2)
		seconds -= (*rest == '+' ? 1 : -1) * (hours * 3600 + minutes * 60);
	return seconds * 1000 + ms;
}

/* websocketd's: `Wed, 25 Nov 2026 18:52:57 +0000 | …` */
static int64_t
read_mail_date(const char *line)
{
	struct tm tm = { 0 };
	const char *rest = strptime(line, "%a, %d %b %Y %H:%M:%S", &tm);
	int zone = 0;

	if (!rest)
		return -1;
	sscanf(rest, " %d", &zone);
	return ((int64_t)timegm(&tm) - (zone / 100 * 3600 + zone % 100 * 60)) * 1000;
}

/* journalctl's: `1795632777.261200 host …` */
static int64_t
read_unix(const char *line)
{
	long long seconds;
	int ms;

	if (sscanf(line, "%lld.%3d", &seconds, &ms) != 2 || seconds < 1000000000)
		return -1;
	return seconds * 1000 + ms;
}

int64_t
trail_time(const char *line)
{
	int64_t time = read_unix(line);
	const char *at;

	if (time < 0)
		time = read_mail_date(line);
	if (time < 0 && (at = strstr(line, "\"time\":\"")))
		time = read_iso(at + 8);
	if (time < 0 && (at = strchr(line, ' ')))
		time = read_iso(at + 1);
	return time;
}

/* ---- lines ---- */

void
trail_fini(struct trail *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->lines[i].text);
	free(t->lines);
	*t = (struct trail){ .lines = NULL };
}

static bool
is_part_of_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool
has_word(const char *line, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = line; (at = strstr(at, word)); at += n)
		if ((at == line || !is_part_of_word(at[-1])) && !is_part_of_word(at[n]))
			return true;
	return false;
}

/* The journal's `TIME HOST beckon-broker[7]: …`: the name of who said it goes to source. NULL: it
 * is no such line. */
static const char *
journal_words(const char *line, char *source, size_t size)
{
	const char *host = read_unix(line) >= 0 ? strchr(line, ' ') : NULL;
	const char *name = host ? strchr(host + 1, ' ') : NULL;
	const char *words = name ? strstr(name, "]: ") : NULL;

	if (!words)
		return NULL;
	name += strncmp(name, " beckon-", 8) == 0 ? 8 : 1;
	snprintf(source, size, "%.*s", (int)strcspn(name, "@[:"), name);
	return words + 3;
}

/* What the journal and websocketd put in front of a program's own words is known already. */
static const char *
own_words(const char *line, char *source, size_t size)
{
	const char *words = journal_words(line, source, size), *handler;

	words = words ? words : line;
	handler = strcmp(source, "websocketd") == 0 ? strstr(words, "handler[") : NULL;
	if (handler)
		snprintf(source, size, "handler");
	return handler ? handler : words;
}

static void
add(struct trail *t, const char *line, const char *source)
{
	struct trail_line *new;
	const char *words;

	if (t->count == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 32;
		void *more = NULL;

		if (cap <= LINES_MAX)
			more = reallocarray(t->lines, cap, sizeof(*t->lines));
		if (!more)
			return;
		t->lines = more;
		t->cap = cap;
	}
	new = &t->lines[t->count];
	*new = (struct trail_line){ .time = trail_time(line), .number = t->count };
	snprintf(new->source, sizeof(new->source), "%s", source);
	words = own_words(line, new->source, sizeof(new->source));
	new->text = strdup(words);
	if (!new->text)
		return;
	new->dated = new->time >= 0;
	new->stage = stage_of(new->source);
	t->count++;
}

void
trail_read(struct trail *t, FILE *from, const char *source, const char *id)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, from)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (has_word(line, id))
			add(t, line, source);
	}
	free(line);
}

/* nginx says the second in which a connection ended; the journal has others' milliseconds. */
static int64_t
latest(const struct trail_line *l)
{
	return l->time + (strcmp(l->source, "access") == 0 && l->time % 1000 == 0 ? 999 : 0);
}

static int
compare(const void *a, const void *b)
{
	const struct trail_line *x = a, *y = b;

	if (latest(x) != latest(y))
		return latest(x) < latest(y) ? -1 : 1;
	if (x->stage != y->stage)
		return x->stage - y->stage;
	return x->number < y->number ? -1 : 1;
}

/* Without a time: not before the last stage before it has begun. */
static int64_t
guess(const struct trail *t, int stage)
{
	int64_t first = -1, time = -1;

	for (size_t i = 0; i < t->count; i++) {
		const struct trail_line *l = &t->lines[i];

		if (!l->dated)
			continue;
		if (first < 0 || l->time < first)
			first = l->time;
		if (l->stage <= stage && (time < 0 || l->time < time))
			time = l->time;
	}
	return time >= 0 ? time : first;
}

void
trail_sort(struct trail *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (!t->lines[i].dated)
			t->lines[i].time = guess(t, t->lines[i].stage);
	if (t->count > 0)
		qsort(t->lines, t->count, sizeof(*t->lines), compare);
}
