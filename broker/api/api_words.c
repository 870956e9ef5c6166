/* api_words – see api_words.h. */
#include "api_words.h"

#include <string.h>

#include "argv.h"

static void
put_word(struct buf *to, const char *word, size_t n)
{
	buf_add(to, word, n);
	buf_char(to, '\0');
}

static void
put_value(struct buf *to, struct json_span v)
{
	char *at = buf_reserve(to, v.len + 1);
	int n;

	if (json_type(v) != JSON_STRING)
		put_word(to, v.at, v.len);
	else if (at != NULL && (n = json_string_copy(v, at, v.len + 1)) >= 0)
		to->len += (size_t)n + 1;
}

/* A member of the body: its value; what stands behind the `=`; or nothing. */
static void
put_member(struct buf *to, struct json_span payload, const char *word, size_t n)
{
	const char *equals = memchr(word, '=', n);
	size_t len = equals != NULL ? (size_t)(equals - word) : n;
	char name[32] = "";
	struct json_span v;

	memcpy(name, word, len < sizeof(name) ? len : sizeof(name) - 1);
	if (json_get(payload, name, &v) && json_type(v) != JSON_NULL)
		put_value(to, v);
	else if (equals != NULL)
		put_word(to, equals + 1, n - len - 1);
}

const char *
api_words(struct buf *to, const struct api_judgement *j)
{
	const char *word = j->route->command;
	size_t n = strcspn(word, " ");
	struct argv argv;

	put_word(to, word, n);
	for (word += n; *word != '\0'; word += n) {
		word += strspn(word, " ");
		n = strcspn(word, " ");
		if (strncmp(word, "@room", n) == 0)
			put_word(to, j->place.room, strlen(j->place.room));
		else if (strncmp(word, "@client", n) == 0)
			put_word(to, j->place.client, strlen(j->place.client));
		else
			put_member(to, j->payload, word, n);
	}
	return buf_failed(to) ? "out of memory" : argv_read(&argv, to->at, to->len);
}
