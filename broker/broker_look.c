/* broker_look – what operators see: rooms, people, bans. See broker_ctl.h and core.h.
 *
 * Times are ms since 1970. The answers:
 *
 *	rooms	[ROOM …]
 *	room	ROOM, and "locked", "lobby", "policy":{"screenshare"}; its MEMBERs with "audio",
 *		"video", "share", "hand" (booleans) and "sessions":[SESSION …]
 *	who	[SESSION …] with "endpoint", "room", "clientId", "displayName", "role", "since"
 *	lobby	[MEMBER …] with "endpoint", "room"
 *	bans	{"bans":[BAN …],"total"}: the first BANS_SHOWN of them
 *
 *	ROOM	{"endpoint","room","id","epoch","seq","bus":path,"members":[MEMBER …]}
 *	MEMBER	{"clientId","displayName","role","connections":count,"since"}
 *	SESSION	one connection: {"session","expires","connection":id,"address" (as its handler
 *		says; may be empty),"pid","joined","away" (it is to come back to this broker yet)}
 *	BAN	{"room":"endpoint/room" or "*","clientId","by","reason","until"} */
#include "broker_ctl.h"

#include <inttypes.h>
#include <string.h>

#include "bounds.h"

/* The path on which `nngcat --sub` hears the room. */
static void
put_bus(void *context, uint64_t room, struct buf *to)
{
	const struct broker *b = context;
	const struct outlet *o = outlet_find(&b->registry, room);

	command_put_text(to, "bus", o && o->topic ? bus_topic_path(o->topic) : "");
}

static void
put_handler(void *context, uint64_t session, struct buf *to)
{
	const struct broker *b = context;
	const struct peer *p = peer_by_session(&b->registry, session);

	if (!p)
		return;
	command_put_text(to, "connection", p->connection);
	command_put_text(to, "address", p->address);
	buf_fmt(to, ",\"pid\":%ld,\"joined\":%" PRId64 ",\"away\":%s", (long)p->pid, p->joined,
	    p->pipe == 0 ? "true" : "false");
}

static struct core_more
more_of(struct broker *b)
{
	return (struct core_more){ .room = put_bus, .session = put_handler, .context = b };
}

void
look_rooms(struct command_call *c)
{
	const struct core_more more = more_of(c->b);

	core_describe(c->b->core, c->to, &more);
}

void
look_room(struct command_call *c)
{
	const struct core_more more = more_of(c->b);
	char room[ROOM_KEY_MAX + 1];

	if (command_room(c, 1, false, room) < 0)
		return;
	if (!core_describe_room(c->b->core, room, c->to, &more))
		command_fail(c, COMMAND_NOT_FOUND, "There is no room %s.", room);
}

/* Nobody of that name is no error: he may come. */
void
look_who(struct command_call *c)
{
	const struct core_more more = more_of(c->b);

	if (c->argv->argc == 1 || command_sub(c, 1) == 0)
		core_describe_sessions(c->b->core, c->argv->word[1], c->to, &more);
}

void
look_lobby(struct command_call *c)
{
	char room[ROOM_KEY_MAX + 1];

	if (c->argv->argc > 1 && command_room(c, 1, false, room) < 0)
		return;
	if (c->argv->argc > 1 && !core_is_open(c->b->core, room))
		command_fail(c, COMMAND_NOT_FOUND, "There is no room %s.", room);
	else
		core_describe_waiting(c->b->core, c->argv->argc > 1 ? room : NULL, c->to);
}

/* Bans. */

struct list {
	struct buf *to;
	int64_t now;
	unsigned total;
};

static void
put_ban(void *context, const char *room, const struct ban_row *row)
{
	struct list *l = context;

	if (row->until <= l->now || ++l->total > BANS_SHOWN)
		return;
	buf_fmt(l->to, "%s{\"room\":\"%s\"", l->total > 1 ? "," : "", room);
	command_put_text(l->to, "clientId", row->sub);
	command_put_text(l->to, "by", row->by);
	command_put_text(l->to, "reason", row->reason);
	buf_fmt(l->to, ",\"until\":%" PRId64 "}", row->until);
}

void
look_bans(struct command_call *c)
{
	struct list l = { .to = c->to, .now = c->b->now };
	char room[ROOM_KEY_MAX + 1];
	bool one = c->argv->argc > 1;

	if (one && command_room(c, 1, true, room) < 0)
		return;
	buf_str(c->to, "{\"bans\":[");
	if (store_load_bans(c->b->store, one ? room : NULL, put_ban, &l) < 0)
		command_fail(c, COMMAND_UNAVAILABLE, "The store cannot be read just now.");
	else
		buf_fmt(c->to, "],\"total\":%u}", l.total);
}
