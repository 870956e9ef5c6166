/* ctl – complaining, keys, printing. */
#include "ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "control.h"

int
ctl_complain(int status, const char *format, ...)
{
	va_list args;

	fputs("beckonctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

static void
complain_of_key(void *refused, const char *message)
{
	ctl_complain(0, "%s", message);
	++*(int *)refused;
}

struct keys *
ctl_open_keys(const struct conf *conf, int *refused)
{
	static int ignored;
	struct keys *keys;

	keys = keys_open(conf->text[CONF_JWT_KEYS], complain_of_key, refused ? refused : &ignored);
	if (!keys || keys_use_fetched(keys, conf->text[CONF_DATA_DIR],
			 conf->text[CONF_JWKS_URL]) != 0) {
		ctl_complain(0, "out of memory");
		keys_free(keys);
		keys = NULL;
	}
	return keys;
}

int
ctl_read_duration(const char *text, long most, long *seconds)
{
	static const struct {
		const char *unit;
		long seconds;
	} units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };
	char *end = NULL;

	*seconds = strtol(text, &end, 10);
	if (end == text || *seconds > most || *seconds < -most)
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(end, units[i].unit) == 0) {
			*seconds *= units[i].seconds;
			return *seconds > most || *seconds < -most ? -1 : 0;
		}
	}
	return -1;
}

void
ctl_print(const char *text)
{
	while (*text) {
		size_t n = control_at(text) + control_turning_at(text);

		putchar(n > 0 ? '?' : *text);
		text += n > 0 ? n : 1;
	}
}

const char *
ctl_text(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text ? text : "";
}

double
ctl_number(const cJSON *object, const char *name)
{
	const cJSON *n = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsNumber(n) ? n->valuedouble : 0;
}

/* Of the one to three bytes of UTF-8 that control.h knows. */
static unsigned
code_point(const char *at, size_t n)
{
	const unsigned char *c = (const unsigned char *)at;

	if (n == 1)
		return c[0];
	if (n == 2)
		return (c[0] & 0x1fu) << 6 | (c[1] & 0x3fu);
	return (c[0] & 0x0fu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
}

void
ctl_print_json(const char *text)
{
	while (*text) {
		size_t n = control_at(text) + control_turning_at(text);

		if (n > 0)
			printf("\\u%04x", code_point(text, n));
		else
			putchar(*text);
		text += n > 0 ? n : 1;
	}
	putchar('\n');
}

int
ctl_put_json(cJSON *tree)
{
	char *text = tree ? cJSON_PrintUnformatted(tree) : NULL;

	cJSON_Delete(tree);
	if (!text)
		return ctl_complain(EXIT_SYSTEM, "out of memory");
	ctl_print_json(text);
	cJSON_free(text);
	return EXIT_NORMAL;
}
