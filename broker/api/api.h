/* api – the page of the authorizer that applications' back ends use.
 *
 * A request is judged (api_judge.h), made a command of the broker's (api_words.h), asked
 * (api_ask.h) and answered (api_answer.h). Implemented in api.c. */
#ifndef BECKON_API_H
#define BECKON_API_H

#include "authorizer.h"
#include "buf.h"
#include "fcgi.h"

/* As pages_serve. */
void api_serve(struct authorizer *a, const struct fcgi *f, struct buf *to);

#endif
