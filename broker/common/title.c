/* title – see title.h. */
#include "title.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"
#include "quote.h"

static struct {
	char *at;
	size_t size;
	bool forbidden;
} room;

/* The kernel puts the strings one behind the other; whoever started us otherwise may not have. */
static char *
follow(char **strings, char *end)
{
	for (; *strings != NULL && *strings == end; strings++)
		end += strlen(end) + 1;
	return end;
}

void
title_begin(char **argv, char **environment)
{
	char *end;

	if (argv[0] == NULL)
		return;
	end = follow(argv, argv[0]);
	if (environment != NULL)
		end = follow(environment, end);
	room.at = argv[0];
	room.size = (size_t)(end - argv[0]);
}

void
title_allow(bool on)
{
	room.forbidden = !on;
}

void
title_set(const char *format, ...)
{
	char raw[TITLE_MAX + 1], title[TITLE_MAX + 1];
	va_list args;
	size_t n;

	if (room.at == NULL || room.forbidden)
		return;
	va_start(args, format);
	vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	n = quote_bytes(title, room.size < sizeof(title) ? room.size : sizeof(title), raw,
	    strlen(raw));
	memcpy(room.at, title, n);
	memset(room.at + n, 0, room.size - n);
}
