/* api_answer – what an application is told, as a CGI program prints it.
 *
 * What the broker says to operators holds more than an application has a use for (buses, sessions):
 * it is put together anew, in the words of the protocol. Never with headers for other origins.
 * Implemented in api_answer.c. Pure. */
#ifndef BECKON_API_ANSWER_H
#define BECKON_API_ANSWER_H

#include <cjson/cJSON.h>

#include "api_judge.h"
#include "buf.h"

/* What was found, in the form that the route's `answer` names, or that it was done. */
void api_answer(struct buf *to, const struct api_judgement *j, const cJSON *said);

/* No, and why. */
void api_answer_fault(struct buf *to, const struct api_judgement *j);

#endif
