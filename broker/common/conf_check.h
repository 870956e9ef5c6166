/* conf_check – is this text a value that a configuration key may have?
 *
 * Type and range as the table says (conf.def), and the form of keys that have one of their own.
 * Implemented in conf_check.c. Pure. */
#ifndef BECKON_CONF_CHECK_H
#define BECKON_CONF_CHECK_H

#include "conf.h"

enum { CONF_WHY_SIZE = 160 }; /* bytes of what a check says */

/* Returns 0, with *number set where the type has one; else -1 with `expected …, got …` in why,
 * which has CONF_WHY_SIZE bytes. */
int conf_check(enum conf_key key, const char *value, long *number, char *why);

#endif
