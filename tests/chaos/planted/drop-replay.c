/* A fault to be found: of the first replay that has anything to tell, nothing is told. */
#include <stdbool.h>

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
	static bool dropped;
	size_t begin = to->len, len;
	int rc = __real_channel_replay(c, seq, most, h, to);
	const uint8_t *at = (const uint8_t *)to->at + begin;
	bool drop = !dropped;
	struct frame f;

	len = to->len - begin;
	while (drop && len > 0 && frame_next(&at, &len, &f) > 0) {
		if (f.kind != FRAME_ROOM)
			continue;
		((uint8_t *)f.body)[1 - FRAME_HEAD] = FRAME_VOID;
		dropped = true;
	}
	return rc;
}
