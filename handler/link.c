/* link – see link.h. */
#include "link.h"

#include <errno.h>

static void
init_one(struct link *l, int which)
{
	sp_init(&l->sp[which], which == LINK_BUS ? SP_SUB : SP_REQ, BUS_MESSAGE_MAX);
}

void
link_init(struct link *l)
{
	*l = (struct link){ 0 };
	init_one(l, LINK_CONTROL);
	init_one(l, LINK_BUS);
}

void
link_fini(struct link *l)
{
	link_close(l, LINK_CONTROL);
	link_close(l, LINK_BUS);
}

int
link_open(struct link *l, int which, const char *path)
{
	if (which == LINK_CONTROL)
		l->count = 0;
	return sp_open(&l->sp[which], path);
}

void
link_close(struct link *l, int which)
{
	sp_close(&l->sp[which]);
}

bool
link_is_open(const struct link *l, int which)
{
	return l->sp[which].fd >= 0;
}

int
link_ask(struct link *l, struct asked what, const struct buf *frames, bool secret)
{
	struct sp *control = &l->sp[LINK_CONTROL];

	if (l->count == ASKED_MAX || buf_failed(frames))
		return -1;
	what.id = l->last_id = (l->last_id + 1) & INT32_MAX;
	control->wipe |= secret;
	if (sp_send(control, what.id, frames->at, frames->len) < 0)
		return -1;
	l->asked[l->count++] = what;
	return 0;
}

unsigned
link_asks(const struct link *l, enum frame_kind kind)
{
	unsigned count = 0;

	for (size_t i = 0; i < l->count; i++)
		count += l->asked[i].kind == kind;
	return count;
}

void
link_poll(const struct link *l, struct pollfd *fds)
{
	for (int i = 0; i < LINKS; i++)
		fds[i] = (struct pollfd){ .fd = l->sp[i].fd, .events = sp_events(&l->sp[i]) };
}

void
link_flush(struct link *l)
{
	for (int i = 0; i < LINKS; i++) {
		struct sp *s = &l->sp[i];

		/* Nobody reads any more: what was said last may still be there to be read. */
		if (s->fd >= 0 && s->out.len > 0 && sp_write(s) < 0)
			sp_drop(s);
		if (s->out.len == 0)
			s->wipe = false;
	}
}

void
link_rest(struct link *l)
{
	for (int i = 0; i < LINKS; i++)
		sp_rest(&l->sp[i]);
}

int
link_read(struct link *l, int which)
{
	return sp_read(&l->sp[which]);
}

/* Finds what was asked and forgets it. */
static bool
take_asked(struct link *l, uint32_t id, struct asked *what)
{
	for (size_t i = 0; i < l->count; i++) {
		if (l->asked[i].id == id) {
			*what = l->asked[i];
			l->asked[i] = l->asked[--l->count];
			return true;
		}
	}
	return false;
}

int
link_next_reply(struct link *l, struct asked *to, const uint8_t **body, size_t *len)
{
	uint32_t id;
	int rc;

	/* A reply that nobody asked for is an old one, or nonsense: passed over. */
	do
		rc = sp_next(&l->sp[LINK_CONTROL], &id, body, len);
	while (rc > 0 && !take_asked(l, id, to));
	return rc;
}

int
link_next_publication(struct link *l, const uint8_t **body, size_t *len)
{
	uint32_t id;

	return sp_next(&l->sp[LINK_BUS], &id, body, len);
}
