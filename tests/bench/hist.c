/* hist – see hist.h. */
#include "hist.h"

#include <math.h>

static const double width = 1.01, first_ns = 1000;

void
hist_add(struct hist *h, int64_t ns)
{
	double class = ns <= first_ns ? 0 : log((double)ns / first_ns) / log(width);

	h->count[class < HIST_CLASSES - 1 ? (int)class : HIST_CLASSES - 1]++;
	h->total++;
}

double
hist_share(const struct hist *h, double share)
{
	uint64_t below = 0;

	for (int i = 0; i < HIST_CLASSES; i++)
		if ((below += h->count[i]) > 0 && (double)below >= share * (double)h->total)
			return first_ns * pow(width, i + 0.5) / 1e6;
	return 0;
}
