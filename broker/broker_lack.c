/* broker_lack – what the broker has run out of: places, descriptors. See broker.h.
 *
 * It is said once in a while, as thousands may be knocking; and the authorizer is told, so that
 * newcomers hear of it before the upgrade. Nothing is to be done for those inside: they have what
 * they need. */
#include "broker.h"

#include "bounds.h"

/* It was seen just now. */
void
broker_lack_files(struct broker *b)
{
	b->metrics.limits[LIMIT_FILES]++;
	if (b->files.lacking_until == 0)
		log_line(LOG_ERROR, "no_files", "why=\"out of descriptors; nobody is let in\"");
	b->files.lacking_until = b->now + LACK_TIME;
}

void
broker_lack_look(struct broker *b)
{
	unsigned unaccepted = bus_unaccepted();

	if (unaccepted != b->files.unaccepted)
		broker_lack_files(b);
	b->files.unaccepted = unaccepted;
	if (b->files.lacking_until != 0 && b->now >= b->files.lacking_until) {
		b->files.lacking_until = 0;
		log_line(LOG_INFO, "files_again", "connections=%u",
		    (unsigned)HASH_CNT(by_session, b->registry.by_session));
	}
}

void
broker_lack_places(struct broker *b)
{
	if (!core_is_full(b->core))
		return;
	b->metrics.limits[LIMIT_CONNECTIONS]++;
	if (b->now - b->full_said < FULL_INTERVAL)
		return;
	b->full_said = b->now;
	log_line(LOG_ERROR, "full", "connections=%d", b->rooms.max_connections);
}
