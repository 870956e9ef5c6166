/* ration – see ration.h. */
#include "ration.h"

bool
ration_take(struct ration *r, int64_t now, unsigned *refused)
{
	*refused = 0;
	if (now / 1000 != r->second) {
		r->second = now / 1000;
		r->taken = 0;
	}
	if (r->taken >= RATION) {
		r->refused++;
		return false;
	}
	r->taken++;
	*refused = r->refused;
	r->refused = 0;
	return true;
}
