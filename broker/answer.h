/* answer – what the authorizer says, as a CGI program prints it: headers, an empty line, a body.
 *
 * nginx's auth_request understands only "yes" and "forbidden", so the judgement of a request and
 * the refusal its client reads are two answers: the first carries the word in headers, and nginx
 * brings it back for the second. Implemented in broker/answer.c. Pure. */
#ifndef BECKON_ANSWER_H
#define BECKON_ANSWER_H

#include "authorize.h"
#include "buf.h"
#include "refusal.h"

/* For nginx: 200 with X-Beckon-Target and X-Beckon-Token; or 403 with X-Beckon-Word,
 * X-Beckon-Why and X-Beckon-Retry-After. No body. */
void answer_judgement(struct buf *to, const struct judgement *j);

/* For the client: status, headers and JSON body of protocol §1. detail: more about it for people,
 * "" for nothing. retry_after: seconds; 0: the usual, where the status has a Retry-After at all. */
void answer_refusal(struct buf *to, enum refusal why, const char *detail, int retry_after);

#endif
