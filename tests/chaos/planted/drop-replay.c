/* A fault to be found: of what a handler asks for again, it is told nothing. All of them, as what
 * a single one had missed may be nothing but its own arrival. */
#include "channel.h"
#include "frame.h"

int __real_channel_replay(const struct channel *c, uint64_t seq, size_t most,
    const struct hearer *h, struct buf *to);
int __wrap_channel_replay(const struct channel *c, uint64_t seq, size_t most,
    const struct hearer *h, struct buf *to);

int
__wrap_channel_replay(const struct channel *c, uint64_t seq, size_t most, const struct hearer *h,
    struct buf *to)
{
	size_t begin = to->len, len;
	int rc = __real_channel_replay(c, seq, most, h, to);
	const uint8_t *at = (const uint8_t *)to->at + begin;
	struct frame f;

	len = to->len - begin;
	while (len > 0 && frame_next(&at, &len, &f) > 0) {
		if (f.kind == FRAME_ROOM)
			((uint8_t *)f.body)[1 - FRAME_HEAD] = FRAME_VOID;
	}
	return rc;
}
