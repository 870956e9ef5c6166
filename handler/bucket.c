/* bucket – see bucket.h. */
#include "bucket.h"

void
bucket_init(struct bucket *b, int64_t rate, int64_t burst, int64_t now)
{
	*b = (struct bucket){ .level = burst * 1000, .rate = rate, .burst = burst * 1000,
		.at = now };
}

static int64_t
level_at(const struct bucket *b, int64_t now)
{
	int64_t passed = now > b->at ? now - b->at : 0;

	if (passed >= (b->burst - b->level) / b->rate + 1)
		return b->burst;
	return b->level + passed * b->rate;
}

void
bucket_take(struct bucket *b, int64_t amount, int64_t now)
{
	b->level = level_at(b, now) - amount * 1000;
	b->at = now;
}

int64_t
bucket_wait(const struct bucket *b, int64_t now)
{
	int64_t level = level_at(b, now);

	return level > 0 ? 0 : -level / b->rate + 1;
}
