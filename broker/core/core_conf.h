/* core_conf – what the configuration says about rooms, in the core's words.
 *
 * The core gets values and knows nothing of files and keys. Implemented in core_conf.c.
 * Pure. */
#ifndef BECKON_CORE_CONF_H
#define BECKON_CORE_CONF_H

#include "conf.h"
#include "core.h"

void core_conf_read(struct core_conf *to, const struct conf *from);

#endif
