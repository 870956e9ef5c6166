/* heard – see heard.h. */
#include "heard.h"

enum { REMEMBERED = 64 }; /* numbers; bits of `recent` */

enum heard_as
heard_note(struct heard *h, uint32_t number)
{
	uint32_t back;

	if (number > h->last) {
		uint32_t on = number - h->last;

		h->recent = (on < REMEMBERED ? h->recent << on : 0) | 1;
		h->last = number;
		return HEARD_ON;
	}
	back = h->last - number;
	if (back >= REMEMBERED || h->recent >> back & 1)
		return HEARD_AGAIN;
	h->recent |= UINT64_C(1) << back;
	return HEARD_LATE;
}
