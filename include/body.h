/* body – how a payload must look, in one line: the little language of the protocol's tables.
 *
 * A body is a list of `field:type` separated by spaces, a `!` behind it where the field must be
 * there. Types: `any` (null too), `bool`, `object`, `id` (string, 1 to 255 bytes), `text(A-B)`
 * (string of A to B code points), `int(A-B)`, `word(a|b|c)`, `client` (a ClientInfo); with `[]`
 * behind it an array of these. Optional fields may be null. A body in brackets describes an array
 * of such payloads. `...` at the end says that a sender's further fields are handed on.
 *
 * It refuses to know which events there are. Implemented in broker/common/body.c. Pure. */
#ifndef BECKON_BODY_H
#define BECKON_BODY_H

#include <stddef.h>

#include "json.h"

/* Does the payload have what the body asks for, and nothing of that twice? Fields that it does not
 * name are not judged: this is for what clients send. Returns 0; or -1 with why: the field and what
 * was expected of it, nothing of what came. */
int body_check(const char *body, struct json_span payload, char *why, size_t size);

/* Is the payload exactly of this form, without fields that the body does not name? This is for what
 * we send. As body_check. */
int body_check_exactly(const char *body, struct json_span payload, char *why, size_t size);

#endif
