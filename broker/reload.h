/* reload – which keys of the configuration may change while the service runs.
 *
 * Those that are not in its table need a restart: a key nobody thought of is among them. It refuses
 * to know what keys are for. Pure; implemented in broker/reload.c. */
#ifndef BECKON_RELOAD_H
#define BECKON_RELOAD_H

#include <stdbool.h>

#include "buf.h"
#include "conf.h"

bool reload_is_live(enum conf_key key);

/* Of the keys that differ, `now` takes the values of those that may change; `next` has the old ones
 * then. Appends what was taken, and what would need a restart, as
 * "taken":["CHAT_BURST"],"restart":["PORT"]. */
void reload_take(struct conf *now, struct conf *next, struct buf *report);

#endif
