/* argv – see include/argv.h. */
#include "argv.h"

#include <string.h>

#include "control.h"
#include "utf8.h"

void
argv_put(struct buf *to, const char *const words[])
{
	for (size_t i = 0; words[i]; i++)
		buf_add(to, words[i], strlen(words[i]) + 1);
}

/* The text ends in a NUL, which may be its last word's. */
static const char *
check_text(const char *text, size_t len)
{
	uint32_t point;

	for (const char *at = text, *end = text + len; at < end;) {
		at += utf8_take(at, (size_t)(end - at), &point);
		if (point == UTF8_BAD)
			return "expected UTF-8";
	}
	for (const char *at = text; at < text + len; at++)
		if (*at && (control_at(at) || control_turning_at(at)))
			return "a word holds a control character";
	return NULL;
}

const char *
argv_read(struct argv *a, const void *bytes, size_t len)
{
	a->argc = 0;
	if (len == 0)
		return "expected a command";
	if (len > CTL_MAX)
		return "the command is too long";
	memcpy(a->text, bytes, len);
	a->text[len] = '\0';
	for (const char *at = a->text; at < a->text + len; at += strlen(at) + 1) {
		if (a->argc == CTL_WORDS_MAX)
			return "too many words";
		a->word[a->argc++] = at;
	}
	a->word[a->argc] = NULL;
	return check_text(a->text, len);
}
