/* answers – see answers.h. */
#include "answers.h"

#include "bounds.h"

void
answers_fini(struct answers *a)
{
	buf_fini(&a->frames);
}

void
answers_put(struct answers *a, const struct frame *reply)
{
	if (reply->seq > EVENT_WINDOW)
		answers_forget(a, reply->seq - EVENT_WINDOW);
	/* Asked for in advance: no half a frame, if memory is short. */
	if (buf_reserve(&a->frames, FRAME_HEAD + reply->len))
		frame_put(&a->frames, reply);
	a->frames.failed = false;
}

void
answers_forget(struct answers *a, uint64_t number)
{
	const uint8_t *at = (const uint8_t *)a->frames.at;
	size_t len = a->frames.len, left = len;
	struct frame f;

	if (number <= a->forgotten)
		return;
	a->forgotten = number;
	while (frame_next(&at, &len, &f) > 0 && f.seq <= number)
		left = len;
	if (left == 0)
		buf_fini(&a->frames);
	else
		buf_drop(&a->frames, a->frames.len - left);
}

bool
answers_find(const struct answers *a, uint64_t number, struct frame *reply)
{
	const uint8_t *at = (const uint8_t *)a->frames.at;
	size_t len = a->frames.len;

	while (frame_next(&at, &len, reply) > 0)
		if (reply->seq == number)
			return true;
	return false;
}
