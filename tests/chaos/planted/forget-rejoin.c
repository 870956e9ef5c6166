/* A fault to be found: of the handlers that come back to a broker, the third is not known any
 * more. */
#include "broker.h"

int __real_broker_rejoin(struct broker *b, struct asked *a);
int __wrap_broker_rejoin(struct broker *b, struct asked *a);

int
__wrap_broker_rejoin(struct broker *b, struct asked *a)
{
	static int came;

	if (++came != 3)
		return __real_broker_rejoin(b, a);
	broker_refuse(a, REFUSED_UNAVAILABLE);
	return 0;
}
