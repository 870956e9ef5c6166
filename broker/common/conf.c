/* conf – defaults, file, environment, and what follows from them. */
#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "conf_check.h"
#include "quote.h"
#include "slurp.h"

enum {
	CONF_FILE_MAX = 65536, /* bytes of a configuration file */
	CONF_LINE_MAX = 8400,  /* bytes of one line: ALLOWED_ORIGINS, the longest, with its name */
};

const struct conf_row conf_table[CONF_KEYS] = {
#define CONF(name, type, min, max, fallback, help) \
	[CONF_##name] = { #name, type, min, max, fallback, help },
#include "conf.def"
#undef CONF
};

static void
forget(struct conf *c, int key)
{
	if (c->text[key] != conf_table[key].fallback)
		free((char *)c->text[key]);
	c->text[key] = NULL;
}

/* Takes the value over if it is good; else -1 with why (CONF_WHY_SIZE bytes). Copies only what is
 * not the fallback: most of it is, and a handler reads it for each connection. */
static int
set(struct conf *c, int key, const char *value, const char *from, char *why)
{
	const char *fallback = conf_table[key].fallback, *text = fallback;
	long number = 0;

	if (conf_check((enum conf_key)key, value, &number, why) != 0)
		return -1;
	if (value != fallback && strcmp(value, fallback) != 0)
		text = strdup(value);
	if (!text) {
		snprintf(why, CONF_WHY_SIZE, "out of memory");
		return -1;
	}
	forget(c, key);
	c->text[key] = text;
	c->number[key] = number;
	c->from[key] = from;
	return 0;
}

/* The key of that name, or -1. A file that was made from the table has them in its order, so the
 * search begins behind the one found last. */
static int
find(const char *name, size_t n, int last)
{
	for (int i = 0, key = last; i < CONF_KEYS; i++) {
		const char *known;

		key = key + 1 < CONF_KEYS ? key + 1 : 0;
		known = conf_table[key].name;
		if (known[0] == name[0] && strncmp(known, name, n) == 0 && known[n] == '\0')
			return key;
	}
	return -1;
}

/* ---- the file ---- */

/* One reading of a file. inih asks for lines and hands back names and values; it tells neither its
 * handler which line it is on nor its caller what was wrong, so this does. */
struct reading {
	struct conf *conf;
	const char *at, *end; /* what is left of the file */
	const char *line;     /* the one being read */
	int number;	      /* of that line, from 1 */
	int key;	      /* found last */
	int seen[CONF_KEYS];  /* line in which a key stood; 0: not yet */
	char why[CONF_WHY_SIZE + 64];
};

static bool
is_section(const char *line, const char *end)
{
	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	return line < end && *line == '[';
}

/* ini_reader: the next line. NULL at the end, or with why set when the line is none of ours. */
static char *
next_line(char *to, int size, void *context)
{
	struct reading *r = context;
	const char *newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
	const char *end = newline ? newline + 1 : r->end;
	size_t n = (size_t)(end - r->at);

	if (n == 0 || r->why[0])
		return NULL;
	r->line = r->at;
	r->number++;
	if (n + 1 > (size_t)size)
		snprintf(r->why, sizeof(r->why), "expected at most %d bytes in a line, got %zu",
		    size - 1, n);
	else if (memchr(r->at, '\0', n))
		snprintf(r->why, sizeof(r->why), "expected text, got a NUL byte");
	else if (is_section(r->at, end))
		snprintf(r->why, sizeof(r->why), "expected KEY=value, got a [section]");
	if (r->why[0])
		return NULL;
	memcpy(to, r->at, n);
	to[n] = '\0';
	r->at = end;
	return to;
}

/* ini_handler: one name and value. 0 with why set when it is not acceptable. */
static int
take_pair(void *context, const char *section, const char *name, const char *value)
{
	struct reading *r = context;
	char shown[QUOTE_SIZE], why[CONF_WHY_SIZE];
	int key = find(name, strlen(name), r->key);

	(void)section; /* next_line lets none pass */
	if (key < 0) {
		snprintf(r->why, sizeof(r->why), "expected a known key, got \"%s\"",
		    quote(shown, sizeof(shown), name));
		return 0;
	}
	if (r->seen[key]) {
		snprintf(r->why, sizeof(r->why),
		    "%s: expected once, got it again (first in line %d)", name, r->seen[key]);
		return 0;
	}
	r->key = key;
	r->seen[key] = r->number;
	if (set(r->conf, key, value, "file", why) != 0) {
		snprintf(r->why, sizeof(r->why), "%s: %s", name, why);
		return 0;
	}
	return 1;
}

/* What inih needs for the longest of them that next_line lets pass, with its NUL. */
static int
longest_line(const char *text, ssize_t n)
{
	ssize_t longest = 0;

	for (const char *end; n > 0; n -= end - text, text = end) {
		end = memchr(text, '\n', (size_t)n);
		end = end ? end + 1 : text + n;
		if (end - text > longest)
			longest = end - text;
	}
	return longest < CONF_LINE_MAX ? (int)longest + 1 : CONF_LINE_MAX;
}

static int
read_file(struct conf *c, const char *path, char *why, size_t size)
{
	struct reading r = { .conf = c, .key = -1 };
	int rc = -1, bad;
	char *text;
	ssize_t n;

	n = slurp_new(AT_FDCWD, path, &text, CONF_FILE_MAX);
	if (n < 0) {
		snprintf(why, size, "%s: cannot be read: %s", path, strerror(errno));
		goto out;
	}
	r.at = r.line = text;
	r.end = text + n;
	/* inih's settings are the process's; nobody else here uses it. */
	ini_allow_multiline = false;
	ini_stop_on_first_error = true;
	ini_use_stack = false;
	ini_initial_alloc = ini_max_line = longest_line(text, n);
	bad = ini_parse_stream(next_line, &r, take_pair, &r);
	if (bad != 0 && !r.why[0]) {
		size_t len = strcspn(r.line, "\r\n");
		char shown[QUOTE_SIZE];

		quote_bytes(shown, sizeof(shown), r.line, len);
		snprintf(r.why, sizeof(r.why), "expected KEY=value, got \"%s\"", shown);
	}
	if (r.why[0])
		snprintf(why, size, "%s:%d: %s", path, r.number, r.why);
	else
		rc = 0;
out:
	free(text);
	return rc;
}

/* ---- the rest ---- */

static int
read_defaults(struct conf *c, char *why, size_t size)
{
	char problem[CONF_WHY_SIZE];

	for (int i = 0; i < CONF_KEYS; i++) {
		if (set(c, i, conf_table[i].fallback, "default", problem) != 0) {
			snprintf(why, size, "default: %s: %s", conf_table[i].name, problem);
			return -1;
		}
	}
	return 0;
}

static int
read_environment(struct conf *c, char *const *environment, char *why, size_t size)
{
	char problem[CONF_WHY_SIZE];

	for (; environment && *environment; environment++) {
		const char *equals = strchr(*environment, '=');
		int key = equals ? find(*environment, (size_t)(equals - *environment), -1) : -1;

		if (key < 0)
			continue;
		if (set(c, key, equals + 1, "environment", problem) != 0) {
			snprintf(why, size, "environment: %s: %s", conf_table[key].name, problem);
			return -1;
		}
	}
	return 0;
}

/* What follows from a key where the key it speaks for was not given itself. %s is its value. */
static const struct consequence {
	enum conf_key cause, effect;
	const char *format;
} consequences[] = {
	{ CONF_AUTH0_DOMAIN, CONF_JWT_ISSUER, "https://%s/" },
	{ CONF_AUTH0_DOMAIN, CONF_JWKS_URL, "https://%s/.well-known/jwks.json" },
	{ CONF_AUTH0_AUDIENCE, CONF_JWT_AUDIENCE, "%s" },
};

static int
conclude(struct conf *c, char *why, size_t size)
{
	char problem[CONF_WHY_SIZE], value[1024];

	for (size_t i = 0; i < sizeof(consequences) / sizeof(*consequences); i++) {
		const struct consequence *q = &consequences[i];
		const char *cause = conf_table[q->cause].name;

		if (!c->text[q->cause][0] || strcmp(c->from[q->effect], "default") != 0)
			continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(value, sizeof(value), q->format, c->text[q->cause]);
#pragma GCC diagnostic pop
		if (set(c, q->effect, value, cause, problem) != 0) {
			snprintf(why, size, "%s: %s", cause, problem);
			return -1;
		}
	}
	return 0;
}

/* A token is an application's or a person's, never both. */
static int
check_together(const struct conf *c, char *why, size_t size)
{
	const char *admin = c->text[CONF_ADMIN_AUDIENCE];

	if (admin[0] == '\0' || strcmp(admin, c->text[CONF_JWT_AUDIENCE]) != 0)
		return 0;
	snprintf(why, size, "%s: ADMIN_AUDIENCE: expected another one than JWT_AUDIENCE",
	    c->from[CONF_ADMIN_AUDIENCE]);
	return -1;
}

int
conf_load(struct conf *c, const char *path, char *const *environment, char *why, size_t size)
{
	*c = (struct conf){ 0 };
	if (read_defaults(c, why, size) != 0)
		return -1;
	if (path && read_file(c, path, why, size) != 0)
		return -1;
	if (read_environment(c, environment, why, size) != 0)
		return -1;
	if (conclude(c, why, size) != 0)
		return -1;
	return check_together(c, why, size);
}

void
conf_free(struct conf *c)
{
	for (int i = 0; i < CONF_KEYS; i++)
		forget(c, i);
}

void
conf_describe(struct buf *to)
{
	static const char *const types[] = {
		[CONF_TEXT] = "text", [CONF_NUMBER] = "number", [CONF_SWITCH] = "switch",
		[CONF_LEVEL] = "level", [CONF_POLICY] = "policy",
		[CONF_FORMAT] = "format"
	};

	for (int i = 0; i < CONF_KEYS; i++) {
		const struct conf_row *row = &conf_table[i];

		buf_fmt(to, "%s\t%s\t%ld-%ld\t%s\t%s\n", row->name, types[row->type], row->min,
		    row->max, row->fallback, row->help);
	}
}
