/* A fault to be found: chat is acknowledged before it is stored. The store is told to keep what it
 * has every two seconds only, so that a crash has something to take away. */
#include <time.h>

#include "store.h"

int __real_store_commit(struct store *s);
int __wrap_store_commit(struct store *s);

int
__wrap_store_commit(struct store *s)
{
	static time_t last;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec < last + 2)
		return 0;
	last = now.tv_sec;
	return __real_store_commit(s);
}
