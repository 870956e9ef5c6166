/* visit_event – events under way: kept until they are answered, as they may have to be said again.
 * Part of visit.h. */
#ifndef HANDLER_VISIT_EVENT_H
#define HANDLER_VISIT_EVENT_H

#include "visit.h"

/* Asks the broker for what is not on its way yet. */
void visit_send_events(struct visit *v);

/* The event is answered, and need not be kept. false: there is none of this number; its reply is an
 * old one. */
bool visit_drop_event(struct visit *v, uint64_t number);

#endif
