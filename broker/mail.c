/* mail – see mail.h. */
#include "mail.h"

#include "bounds.h"

void
mail_init(struct mail *m)
{
	*m = (struct mail){ .frames = BUF_INIT };
}

void
mail_fini(struct mail *m)
{
	buf_fini(&m->frames);
}

int
mail_put(struct mail *m, const struct frame *f)
{
	struct frame numbered = *f;

	if (m->frames.len + FRAME_HEAD + f->len > MAIL_MAX)
		return -1;
	/* Asked for in advance, so that a failure leaves no half frame behind. */
	if (!buf_reserve(&m->frames, FRAME_HEAD + f->len))
		return -1;
	numbered.who = ++m->last;
	frame_put(&m->frames, &numbered);
	return 0;
}

void
mail_clear(struct mail *m)
{
	buf_fini(&m->frames);
}

void
mail_fetched(struct mail *m, uint64_t received)
{
	const uint8_t *at = (const uint8_t *)m->frames.at;
	size_t len = m->frames.len, left = len;
	struct frame f;

	while (frame_next(&at, &len, &f) > 0 && f.who <= received)
		left = len;
	if (left == 0)
		buf_fini(&m->frames);
	else
		buf_drop(&m->frames, m->frames.len - left);
}

static uint64_t
first_of(const struct mail *m)
{
	const uint8_t *at = (const uint8_t *)m->frames.at;
	size_t len = m->frames.len;
	struct frame f;

	return frame_next(&at, &len, &f) > 0 ? f.who : UINT64_MAX;
}

void *
mail_poll(struct mail *m, void *poll, uint64_t received)
{
	void *older = m->poll;

	mail_fetched(m, received);
	m->again = first_of(m) <= m->sent ? m->again + 1 : 0;
	m->poll = poll;
	return older;
}

/* The end of the frame with which it becomes enough for one reply; that one's number. */
static size_t
portion(const struct mail *m, uint64_t *number)
{
	const uint8_t *at = (const uint8_t *)m->frames.at;
	size_t left = m->frames.len;
	struct frame f;

	while (m->frames.len - left < REPLAY_MAX && frame_next(&at, &left, &f) > 0)
		*number = f.who;
	return m->frames.len - left;
}

void *
mail_take_poll(struct mail *m, size_t *len)
{
	void *poll = m->poll;

	if (poll == NULL || m->frames.len == 0)
		return NULL;
	*len = portion(m, &m->sent);
	m->poll = NULL;
	return poll;
}
