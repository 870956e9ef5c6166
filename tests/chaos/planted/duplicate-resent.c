/* A fault to be found: an event that is sent again takes effect again. Between writing it down and
 * answering there is time enough for the broker to be killed. */
#include <unistd.h>

#include "broker.h"
#include "room.h"

void __real_broker_keep(struct broker *b);
void __wrap_broker_keep(struct broker *b);
enum event_kind __real_core_event(struct core *c, uint64_t session, uint64_t number,
    const char *text, size_t len, int64_t now, struct outbox *out);
enum event_kind __wrap_core_event(struct core *c, uint64_t session, uint64_t number,
    const char *text, size_t len, int64_t now, struct outbox *out);

void
__wrap_broker_keep(struct broker *b)
{
	__real_broker_keep(b);
	if (b->out.count > 0)
		usleep(50000);
}

enum event_kind
__wrap_core_event(struct core *c, uint64_t session, uint64_t number, const char *text, size_t len,
    int64_t now, struct outbox *out)
{
	struct session *s = session_find(c, session);

	if (s != NULL && number <= s->taken)
		s->taken = number - 1;
	return __real_core_event(c, session, number, text, len, now, out);
}
