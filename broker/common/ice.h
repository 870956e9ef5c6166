/* ice – addresses of STUN and TURN servers, in comma lists.
 *
 * RFC 7064 §3.1 (stun:, stuns:) and RFC 7065 §3.1 (turn:, turns:). A good address consists of
 * characters that JSON takes as they are. It refuses to know credentials. Implemented in ice.c.
 * Pure. */
#ifndef BECKON_ICE_H
#define BECKON_ICE_H

#include <stdbool.h>
#include <stddef.h>

enum ice_kind { ICE_STUN, ICE_TURN };

/* Is each of the list an address of this kind? An empty list is one. */
bool ice_list_valid(const char *list, enum ice_kind kind);

/* The next one; *cursor is the list at first. Returns it with its length in *n, NULL at the end. */
const char *ice_next(const char **cursor, size_t *n);

#endif
