/* core_conf – see core_conf.h. */
#include "core_conf.h"

enum { DAY = 86400 * 1000 }; /* ms */

/* Keys of the three endpoints stand side by side, in the endpoints' order. */
#define IN_ORDER(key)                                                                              \
	_Static_assert(CONF_##key##_SCREENSHARE == CONF_##key##_ZOOM + ENDPOINT_SCREENSHARE &&     \
		CONF_##key##_CHAT == CONF_##key##_ZOOM + ENDPOINT_CHAT, "order of " #key)

IN_ORDER(MEMBERS);
IN_ORDER(LOBBY);
IN_ORDER(SHARE_POLICY);
IN_ORDER(HISTORY);
IN_ORDER(HISTORY_DAYS);

void
core_conf_read(struct core_conf *to, const struct conf *from)
{
	const long *number = from->number;

	for (int e = 0; e < ENDPOINTS; e++) {
		to->of[e].members = (int)number[CONF_MEMBERS_ZOOM + e];
		to->of[e].lobby = number[CONF_LOBBY_ZOOM + e] != 0;
		to->of[e].ask = number[CONF_SHARE_POLICY_ZOOM + e] != 0;
		to->of[e].history = (int)number[CONF_HISTORY_ZOOM + e];
		to->of[e].history_age = number[CONF_HISTORY_DAYS_ZOOM + e] * (int64_t)DAY;
	}
	to->max_connections = (int)number[CONF_MAX_CONNECTIONS];
	to->connections = (int)number[CONF_CONNECTIONS_PER_SUB];
	to->chat_per_minute = (int)number[CONF_CHAT_PER_MINUTE];
	to->chat_burst = (int)number[CONF_CHAT_BURST];
	to->events_per_second = (int)number[CONF_EVENTS_PER_SECOND];
	to->events_burst = (int)number[CONF_EVENTS_BURST];
	to->bytes_per_second = (int)number[CONF_BYTES_PER_SECOND];
	to->bytes_burst = (int)number[CONF_BYTES_BURST];
}
