/* kick – see kick.h. */
#include "kick.h"

#include <poll.h>
#include <stdbool.h>

#include "clock.h"

enum { PAUSE = 200 }; /* ms in which a gateway that was told to end has ended */

static bool
has_ended(int in)
{
	struct pollfd fd = { .fd = in, .events = POLLRDHUP };

	return poll(&fd, 1, 0) > 0 && (fd.revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0;
}

void
kick_take(struct kick *k, int64_t now)
{
	if (k->at == 0)
		k->at = now + PAUSE;
}

enum kick_due
kick_check(struct kick *k, int in, int64_t now)
{
	if (k->at == 0 || now < k->at)
		return KICK_NOTHING;
	k->at = 0;
	return has_ended(in) ? KICK_GONE : KICK_NOW;
}

int64_t
kick_wait(const struct kick *k, int64_t now)
{
	return k->at == 0 ? -1 : wait_until(k->at, now);
}
