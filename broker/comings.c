/* comings – see comings.h. */
#include "comings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct coming {
	char *body; /* NULL: there was no memory for it */
	size_t len;
	char room[ROOM_KEY_MAX + 1];
};

void
comings_fini(struct comings *c)
{
	for (size_t i = 0; c->ring && i < COMINGS_MAX; i++)
		free(c->ring[i].body);
	free(c->ring);
	*c = (struct comings){ .ring = NULL };
}

static struct coming *
place(const struct comings *c, uint64_t number)
{
	return &c->ring[number % COMINGS_MAX];
}

void
comings_put(struct comings *c, const char *room, const void *body, size_t len)
{
	struct coming *new;

	if (!c->ring)
		c->ring = calloc(COMINGS_MAX, sizeof *c->ring);
	if (!c->ring)
		return;
	new = place(c, ++c->last);
	free(new->body);
	new->body = malloc(len);
	new->len = len;
	if (new->body)
		memcpy(new->body, body, len);
	strncpy(new->room, room, ROOM_KEY_MAX);
}

void
comings_tell(const struct comings *c, uint64_t after, struct buf *to)
{
	uint64_t first = c->last > COMINGS_MAX ? c->last - COMINGS_MAX + 1 : 1;
	const char *between = "";
	uint64_t lost;

	if (after > c->last) /* it counted another broker's */
		after = c->last;
	lost = after + 1 < first ? first - after - 1 : 0;
	buf_fmt(to, "{\"last\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"list\":[", c->last, lost);
	for (uint64_t n = after + lost + 1; n <= c->last; n++) {
		const struct coming *one = place(c, n);

		if (!one->body)
			continue;
		buf_fmt(to, "%s{\"room\":\"%s\",\"message\":", between, one->room);
		buf_add(to, one->body, one->len);
		buf_char(to, '}');
		between = ",";
	}
	buf_str(to, "]}");
}
