/* jwt – tokens for the crowd: HS256, `p<number>`, an hour. Implemented in jwt.c. */
#ifndef BENCH_JWT_H
#define BENCH_JWT_H

#include <stddef.h>

/* To be freed by the caller. */
char *jwt_make(const char *secret, size_t len, const char *kid, unsigned number);

#endif
