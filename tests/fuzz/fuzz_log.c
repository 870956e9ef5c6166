/* What strangers say ends up in log lines: as JSON each is one complete object in printable ASCII,
 * whatever it is made of and wherever it has to be cut. The first bytes choose how. */
#include "fuzz.h"

#include <stdarg.h>

#include "adopt.h"
#include "json.h"
#include "log_json.h"

enum { HEAD = 6 }; /* bytes that choose */

static size_t
written(char *to, size_t cap, const struct log_facts *f, const char *format, ...)
{
	va_list args;
	size_t n;

	va_start(args, format);
	n = log_json(to, cap, f, format, args);
	va_end(args);
	return n;
}

static void
is_one_object(const char *line, size_t n, size_t cap)
{
	must(n > 2 && n <= cap && line[0] == '{' && line[n - 1] == '\n');
	must(json_valid(line, n - 1));
	for (size_t i = 0; i + 1 < n; i++)
		must(line[i] >= ' ' && line[i] <= '~');
}

/* Of text that is given up to so many bytes, as a string. */
static char *
take_string(const uint8_t **at, size_t *left, size_t most)
{
	size_t n = most < *left ? most : *left;
	char *s = strndup((const char *)*at, n);

	*at += n;
	*left -= n;
	return s;
}

static void
log_all(const uint8_t *choice, const uint8_t *at, size_t left)
{
	char line[LOG_JSON_MAX + 1], *value[3];
	struct log_facts f = { .level = "info", .program = "fuzz", .event = "e" };
	size_t cap = LOG_JSON_MIN + choice[0] * 5u;

	f.at = (int64_t)choice[1] << 34;
	f.dropped = choice[2];
	for (int i = 0; i < 3; i++)
		value[i] = take_string(&at, &left, i < 2 ? choice[3 + i] * 4u : left);
	f.connection = value[0];
	is_one_object(line, written(line, cap, &f, "why=\"%s\" n=%d sub=%s pid=%u x=%.*s", value[1],
	    choice[5], value[2], 7u, choice[5], value[2]), cap);
	is_one_object(line, written(line, cap, &f, "a=%s/%s %s", value[0], value[1], value[2]), cap);
	for (int i = 0; i < 3; i++)
		free(value[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	char line[ADOPTED_MAX];
	size_t n;

	if (len < HEAD)
		return 0;
	log_all(at, at + HEAD, len - HEAD);
	n = adopt(line, "nginx", (const char *)at + HEAD, len - HEAD, (int64_t)at[1] << 34);
	must(n > 2 && n <= ADOPTED_MAX && line[n - 1] == '\n');
	must(json_valid(line, n - 1) && memchr(line, '\n', n - 1) == NULL);
	return 0;
}
