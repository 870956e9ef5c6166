/* conf – defaults, file, environment, and what follows from them. */
#include "conf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ini.h>

#include "log.h"
#include "origin.h"
#include "quote.h"

enum {
	FILE_MAX = 65536, /* bytes of a configuration file */
	LINE_MAX_ = 8400, /* bytes of one line: the longest value (ALLOWED_ORIGINS) and its name */
	WHY_SIZE = 160,	  /* bytes of what one check says */
};

const struct conf_row conf_table[CONF_KEYS] = {
#define CONF(name, type, min, max, fallback, help) \
	[CONF_##name] = { #name, type, min, max, fallback, help },
#include "conf.def"
#undef CONF
};

static const char *const levels[] = {
	[LOG_ERROR] = "error", [LOG_INFO] = "info", [LOG_DEBUG] = "debug", NULL
};
static const char *const switches[] = { "off", "on", NULL };

/* ---- values: each check fills why with `expected …, got …` ---- */

static int
expected(char *why, const char *what, const char *value)
{
	char shown[QUOTE_SIZE];

	snprintf(why, WHY_SIZE, "expected %s, got \"%s\"", what,
	    quote(shown, sizeof(shown), value));
	return -1;
}

static int
check_text(const struct conf_row *row, const char *value, char *why)
{
	size_t n = strlen(value);

	if (n < (size_t)row->min || n > (size_t)row->max) {
		snprintf(why, WHY_SIZE, "expected %ld to %ld bytes, got %zu", row->min, row->max,
		    n);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		if (iscntrl((unsigned char)value[i]))
			return expected(why, "no control characters", value);
	return 0;
}

static int
check_number(const struct conf_row *row, const char *value, long *number, char *why)
{
	char range[64];
	char *end = NULL;

	snprintf(range, sizeof(range), "a number from %ld to %ld", row->min, row->max);
	if (!isdigit((unsigned char)value[0]) && value[0] != '-')
		return expected(why, range, value); /* strtol would skip spaces */
	errno = 0;
	*number = strtol(value, &end, 10);
	if (errno != 0 || *end != '\0' || *number < row->min || *number > row->max)
		return expected(why, range, value);
	return 0;
}

static int
check_word(const char *const *words, const char *value, long *number, char *why)
{
	char list[64] = "";

	for (long i = 0; words[i]; i++) {
		if (strcmp(value, words[i]) == 0) {
			*number = i;
			return 0;
		}
		strcat(strcat(list, i ? " or " : ""), words[i]);
	}
	return expected(why, list, value);
}

static int
check_type(const struct conf_row *row, const char *value, long *number, char *why)
{
	switch (row->type) {
	case CONF_TEXT: return check_text(row, value, why);
	case CONF_NUMBER: return check_number(row, value, number, why);
	case CONF_SWITCH: return check_word(switches, value, number, why);
	case CONF_LEVEL: return check_word(levels, value, number, why);
	}
	return -1;
}

static int
check_origins(const char *value, char *why)
{
	return origin_list_valid(value, why, WHY_SIZE) ? 0 : -1;
}

/* People paste https://tenant.example/ here; it would give an issuer that no token ever names. */
static int
check_domain(const char *value, char *why)
{
	for (const char *c = value; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(".-:", *c))
			return expected(why, "a host name without scheme and path", value);
	return 0;
}

static int
check_url(const char *value, char *why)
{
	if (value[0] == '\0' || strncmp(value, "https://", 8) == 0 ||
	    strncmp(value, "http://", 7) == 0)
		return 0;
	return expected(why, "an address starting with https://", value);
}

/* Keys whose text has a form of its own. */
static int (*const check_form[CONF_KEYS])(const char *value, char *why) = {
	[CONF_ALLOWED_ORIGINS] = check_origins,
	[CONF_AUTH0_DOMAIN] = check_domain,
	[CONF_JWKS_URL] = check_url,
};

/* Takes the value over if it is good. -1 with why; *why is empty when memory ran out. */
static int
set(struct conf *c, int key, const char *value, const char *from, char *why)
{
	const struct conf_row *row = &conf_table[key];
	long number = 0;
	char *copy;

	why[0] = '\0';
	if (check_type(row, value, &number, why) != 0)
		return -1;
	if (check_form[key] && check_form[key](value, why) != 0)
		return -1;
	copy = strdup(value);
	if (!copy)
		return -1;
	free(c->text[key]);
	c->text[key] = copy;
	c->number[key] = number;
	c->from[key] = from;
	return 0;
}

static int
find(const char *name, size_t n)
{
	for (int i = 0; i < CONF_KEYS; i++)
		if (strlen(conf_table[i].name) == n && memcmp(conf_table[i].name, name, n) == 0)
			return i;
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
	int seen[CONF_KEYS];  /* line in which a key stood; 0: not yet */
	char why[WHY_SIZE + 64];
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
	char shown[QUOTE_SIZE], why[WHY_SIZE];
	int key = find(name, strlen(name));

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
	r->seen[key] = r->number;
	if (set(r->conf, key, value, "file", why) != 0) {
		snprintf(r->why, sizeof(r->why), "%s: %s", name, why[0] ? why : "out of memory");
		return 0;
	}
	return 1;
}

/* Reads the file into memory. Returns its length; -1 with errno. */
static ssize_t
slurp(const char *path, char *to, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO here shall not hang us */
	ssize_t n = -1;
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0)
		goto out;
	errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
	if (S_ISREG(st.st_mode) && st.st_size <= (off_t)cap)
		n = read(fd, to, cap);
out:
	close(fd);
	return n;
}

static int
read_file(struct conf *c, const char *path, char *why, size_t size)
{
	char *text = malloc(FILE_MAX);
	struct reading r = { .conf = c };
	int rc = -1, bad;
	ssize_t n;

	n = text ? slurp(path, text, FILE_MAX) : -1;
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
	ini_initial_alloc = ini_max_line = LINE_MAX_;
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
	char problem[WHY_SIZE];

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
	char problem[WHY_SIZE];

	for (; environment && *environment; environment++) {
		const char *equals = strchr(*environment, '=');
		int key = equals ? find(*environment, (size_t)(equals - *environment)) : -1;

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
	char problem[WHY_SIZE], value[1024];

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
	return conclude(c, why, size);
}

void
conf_free(struct conf *c)
{
	for (int i = 0; i < CONF_KEYS; i++) {
		free(c->text[i]);
		c->text[i] = NULL;
	}
}

void
conf_describe(struct buf *to)
{
	static const char *const types[] = {
		[CONF_TEXT] = "text", [CONF_NUMBER] = "number", [CONF_SWITCH] = "switch",
		[CONF_LEVEL] = "level"
	};

	for (int i = 0; i < CONF_KEYS; i++) {
		const struct conf_row *row = &conf_table[i];

		buf_fmt(to, "%s\t%s\t%ld-%ld\t%s\t%s\n", row->name, types[row->type], row->min,
		    row->max, row->fallback, row->help);
	}
}
