/* adopt – see adopt.h. */
#include "adopt.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "log_json.h"

/* What the line says of itself, and where its message begins. */
struct line {
	char level[16];
	long pid;
	const char *at;
	size_t n;
};

static const char *
find(const char *at, size_t n, const char *word)
{
	return n > 0 ? memmem(at, n, word, strlen(word)) : NULL;
}

/* `DATE | ERROR  | stderr     | url:'…' … pid:'1' | …`: what comes after is a handler's own. */
static const char *
find_object(const char *line, size_t n)
{
	static const char source[] = "| stderr ", mark[] = "' | ", opening[] = "{\"time\":\"";
	const char *at = find(line, n, source), *end = line + n;

	at = at ? find(at, (size_t)(end - at), mark) : NULL;
	if (at == NULL)
		at = line; /* nothing was put before it */
	else
		at += sizeof(mark) - 1;
	if ((size_t)(end - at) < sizeof(opening) || memcmp(at, opening, sizeof(opening) - 1) != 0)
		return NULL;
	return json_valid(at, (size_t)(end - at)) ? at : NULL;
}

/* nginx: `2026/11/25 18:46:18 [error] 123#123: …`. */
static void
read_nginx(struct line *l)
{
	char head[80], level[16];
	long pid;
	int n = 0;

	snprintf(head, sizeof(head), "%.*s", (int)(l->n < sizeof(head) ? l->n : sizeof(head) - 1),
	    l->at);
	if (sscanf(head, "%*4d/%*2d/%*2d %*2d:%*2d:%*2d [%15[a-z]] %10ld#%*d: %n", level, &pid,
		&n) != 2 || n == 0)
		return;
	memcpy(l->level, level, sizeof(level));
	l->pid = pid;
	l->at += n;
	l->n -= (size_t)n;
}

size_t
adopt(char *to, const char *program, const char *line, size_t n, int64_t now)
{
	struct line l = { "error", 0, line, n };
	const char *object = find_object(line, n), *query;

	if (object && (size_t)(line + n - object) < ADOPTED_MAX - 1) {
		n = (size_t)(line + n - object);
		memcpy(to, object, n);
		to[n] = '\n';
		return n + 1;
	}
	read_nginx(&l);
	query = l.n > 0 ? memchr(l.at, '?', l.n) : NULL;
	if (query)
		l.n = (size_t)(query - l.at);
	return log_json_text(to, ADOPTED_MAX, &(struct log_facts){ .at = now, .level = l.level,
	    .program = program, .pid = l.pid, .connection = "-", .event = "line" }, l.at, l.n);
}
