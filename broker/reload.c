/* reload – see reload.h. */
#include "reload.h"

#include <string.h>

/* clang-format off */
static const bool live[CONF_KEYS] = {
	[CONF_JWT_KEYS] = true, [CONF_JWT_ISSUER] = true, [CONF_JWT_AUDIENCE] = true,
	[CONF_JWT_LEEWAY] = true, [CONF_ADMIN_AUDIENCE] = true, [CONF_AUTH0_DOMAIN] = true,
	[CONF_AUTH0_AUDIENCE] = true, [CONF_JWKS_URL] = true, [CONF_JWKS_CA] = true,
	[CONF_ALLOWED_ORIGINS] = true,
	[CONF_STUN_URLS] = true, [CONF_TURN_URLS] = true, [CONF_TURN_SECRET] = true,
	[CONF_TURN_SECONDS] = true,
	[CONF_MEMBERS_ZOOM] = true, [CONF_MEMBERS_SCREENSHARE] = true, [CONF_MEMBERS_CHAT] = true,
	[CONF_LOBBY_ZOOM] = true, [CONF_LOBBY_SCREENSHARE] = true, [CONF_LOBBY_CHAT] = true,
	[CONF_SHARE_POLICY_ZOOM] = true, [CONF_SHARE_POLICY_SCREENSHARE] = true,
	[CONF_SHARE_POLICY_CHAT] = true,
	[CONF_HISTORY_ZOOM] = true, [CONF_HISTORY_SCREENSHARE] = true, [CONF_HISTORY_CHAT] = true,
	[CONF_HISTORY_DAYS_ZOOM] = true, [CONF_HISTORY_DAYS_SCREENSHARE] = true,
	[CONF_HISTORY_DAYS_CHAT] = true,
	[CONF_CONNECTIONS_PER_SUB] = true, [CONF_CHAT_PER_MINUTE] = true, [CONF_CHAT_BURST] = true,
	[CONF_EVENTS_PER_SECOND] = true, [CONF_EVENTS_BURST] = true,
	[CONF_BYTES_PER_SECOND] = true, [CONF_BYTES_BURST] = true,
	[CONF_DRAIN_SECONDS] = true, [CONF_LOG_LEVEL] = true,
};
/* clang-format on */

bool
reload_is_live(enum conf_key key)
{
	return live[key];
}

static void
swap(struct conf *a, struct conf *b, int key)
{
	const char *text = a->text[key];
	long number = a->number[key];
	const char *from = a->from[key];

	a->text[key] = b->text[key];
	a->number[key] = b->number[key];
	a->from[key] = b->from[key];
	b->text[key] = text;
	b->number[key] = number;
	b->from[key] = from;
}

static void
list(struct buf *to, const bool chosen[CONF_KEYS])
{
	const char *between = "";

	for (int i = 0; i < CONF_KEYS; i++) {
		if (!chosen[i])
			continue;
		buf_fmt(to, "%s\"%s\"", between, conf_table[i].name);
		between = ",";
	}
}

void
reload_take(struct conf *now, struct conf *next, struct buf *report)
{
	bool taken[CONF_KEYS] = { false }, restart[CONF_KEYS] = { false };

	for (int i = 0; i < CONF_KEYS; i++) {
		bool differs = strcmp(now->text[i], next->text[i]) != 0;

		taken[i] = differs && live[i];
		restart[i] = differs && !live[i];
		if (taken[i])
			swap(now, next, i);
	}
	buf_str(report, "\"taken\":[");
	list(report, taken);
	buf_str(report, "],\"restart\":[");
	list(report, restart);
	buf_char(report, ']');
}
