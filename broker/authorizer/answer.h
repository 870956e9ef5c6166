/* answer – what the authorizer says, as a CGI program prints it: headers, an empty line, a body.
 *
 * nginx's auth_request understands only "yes" and "forbidden", so the judgement of a request and
 * the refusal its client reads are two answers: the first carries the word in headers, and nginx
 * brings it back for the second. Who only asks is answered at once. Implemented in
 * answer.c. Pure. */
#ifndef BECKON_ANSWER_H
#define BECKON_ANSWER_H

#include "authorize.h"
#include "buf.h"
#include "refusal.h"
#include "turn.h"

/* For nginx: 200 with X-Beckon-Target and X-Beckon-Token; or 403 with X-Beckon-Word,
 * X-Beckon-Why and X-Beckon-Retry-After. No body. */
void answer_judgement(struct buf *to, const struct judgement *j);

/* For the client: status, headers and JSON body of protocol §1. detail: more about it for people,
 * "" for nothing. retry_after: seconds; 0: the usual, where the status has a Retry-After at all. */
void answer_refusal(struct buf *to, enum refusal why, const char *detail, int retry_after);

/* The same for a no of one's own. headers: more of them, each with its line end. */
void answer_no(struct buf *to, const struct refusal_row *no, const char *headers,
    const char *detail, int retry_after);

/* For the client that asks for TURN servers: the refusal, or {"iceServers":[…],"ttl":seconds}; with
 * the headers of below. now: ms since 1970. */
void answer_turn(struct buf *to, const struct judgement *j, const struct turn *t, int64_t now);

/* For the client that only asked, in one: the refusal it would get, or who it would be in the room;
 * or what its browser may ask. With the headers that let a page of another origin read it (CORS in
 * the Fetch standard): for origins that may connect, and without credentials. */
void answer_validation(struct buf *to, const struct judgement *j);
void answer_preflight(struct buf *to, const struct judgement *j);

#endif
