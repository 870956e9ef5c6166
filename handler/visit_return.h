/* visit_return – a broker that died is waited for, and the visit goes on with the next. Part of
 * visit.h. */
#ifndef HANDLER_VISIT_RETURN_H
#define HANDLER_VISIT_RETURN_H

#include "visit.h"

enum {
	JOIN_PATIENCE = 5000, /* ms; the upgrade was answered, so the client waits */
};

/* The control connection is gone: away, if the broker's ticket lets us come back; else over. */
void visit_lose_control(struct visit *v, int64_t now);

/* Tries to come back when it is time to. Returns in how many ms there is more to do, or -1. */
int64_t visit_come_back(struct visit *v, int64_t now);

/* visit.c: the broker is not there, or not in its senses; and a request to it. */
void visit_lose_broker(struct visit *v, const char *when, const char *why);
void visit_ask(struct visit *v, enum frame_kind kind, const struct buf *frames);

#endif
