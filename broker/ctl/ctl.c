/* ctl – complaining, keys, printing. */
#include "ctl.h"

#include <stdarg.h>
#include <stdio.h>

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

void
ctl_print(const char *text)
{
	while (*text) {
		size_t n = control_at(text) + control_turning_at(text);

		putchar(n > 0 ? '?' : *text);
		text += n > 0 ? n : 1;
	}
}
