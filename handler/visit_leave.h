/* visit_leave – the broker's last word, and what comes before it. Part of visit.h.
 *
 * A bye is mail, and mail is quicker than the bus. Who is to come back gets by a resume what is
 * missing, and in order. For others it is waited for, as what was said before they went was for
 * them too; the broker's ring still tells that much. */
#ifndef HANDLER_VISIT_LEAVE_H
#define HANDLER_VISIT_LEAVE_H

#include "visit.h"

/* The bye has come: it is told, or waits in v->bye. */
void visit_take_bye(struct visit *v, const struct frame *f, int64_t now);

/* While one waits: asks for what is missing. In how many ms there is more to do, or -1. */
int64_t visit_take_leave(struct visit *v, int64_t now);

/* Tells the one that waits. */
void visit_tell_bye(struct visit *v);

/* visit.c: asks for what the room said, from here on. */
void visit_ask_replay(struct visit *v, uint64_t first);

#endif
