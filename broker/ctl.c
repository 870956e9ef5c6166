/* ctl – complaining, keys, printing. */
#include "ctl.h"

#include <stdarg.h>
#include <stdio.h>

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
	if (!keys)
		ctl_complain(0, "out of memory");
	return keys;
}

void
ctl_print(const char *text)
{
	bool c1 = false; /* behind 0xc2, the bytes 80 to 9f make a control character */

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		bool control = c < 0x20 || c == 0x7f || (c1 && c >= 0x80 && c <= 0x9f);

		putchar(control ? '?' : c);
		c1 = c == 0xc2;
	}
}
