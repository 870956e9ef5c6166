/* tell – what a handler says to its client on its own account.
 *
 * Nearly all that a client reads was made by the broker; here are the few lines that are not:
 * errors of form, a refusal, and the last word when the broker cannot have it. Implemented in
 * handler/tell.c; puts lines into the queue, blocks on nothing. All return what outq_end does. */
#ifndef HANDLER_TELL_H
#define HANDLER_TELL_H

#include <stdint.h>

#include "bye.h"
#include "json.h"
#include "outq.h"
#include "problem.h"
#include "refusal.h"

/* An `error`. why: static text for people or NULL; id: the client's own, as JSON, or empty; it is
 * handed back where it is one (protocol §3). ts: ms since 1970. */
int tell_problem(struct outq *q, enum problem problem, const char *why, struct json_span id,
    int64_t ts);

/* The `error` of a refusal; n bytes of message for people. */
int tell_refusal(struct outq *q, enum refusal why, const char *message, size_t n, int64_t ts);

/* The `bye`. reason: static word; retry: ms after which to come back, where the row says so. */
int tell_bye(struct outq *q, enum bye bye, const char *reason, long retry, int64_t ts);

/* The `ping` that a client is to answer with `pong`. */
int tell_ping(struct outq *q, int64_t ts);

/* How a connection ends whose upgrade has been answered before its request was refused. */
enum bye tell_bye_for(enum refusal why);

/* And with which word: the bye's own, or the refusal's where that says more. */
const char *tell_reason_for(enum refusal why);

#endif
