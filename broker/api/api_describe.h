/* api_describe – the tables of the API, for those who write descriptions of it.
 *
 * Lines of fields with a tabulator between, the first being their names. Implemented in
 * api_describe.c. Pure. */
#ifndef BECKON_API_DESCRIBE_H
#define BECKON_API_DESCRIBE_H

#include "buf.h"

/* Method, path, scope and body of everything there is; an empty body is `-`. */
void api_describe(struct buf *to);

/* The words for no, with their HTTP status and what people are told. */
void api_describe_errors(struct buf *to);

#endif
