/* visit_read – what the broker says in a visit: replies, mail, publications. Part of visit.h. */
#ifndef HANDLER_VISIT_READ_H
#define HANDLER_VISIT_READ_H

#include "visit.h"

/* All frames of one reply, to what was asked / of one bus message. -1: not what a broker says. */
int visit_read_reply(struct visit *v, const struct asked *to, const uint8_t *body, size_t len,
    int64_t now);
int visit_read_publication(struct visit *v, const uint8_t *body, size_t len);

/* The body is a line for the client. */
void visit_put_line(struct visit *v, const struct frame *f);

/* The order's deliver: context is the visit. */
void visit_deliver(void *context, const struct frame *f);

#endif
