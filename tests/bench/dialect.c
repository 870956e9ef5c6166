/* dialect – see dialect.h. */
#include "dialect.h"

#include <string.h>

/* Beckon, and a relay of its kind in Node: a token in the query, {event, payload}. */

static void
beckon_target(struct buf *to, const struct person *p)
{
	buf_fmt(to, "/ws/zoom/room%u?token=%s%s%s", p->room, p->token, *p->caps ? "&caps=" : "",
	    p->caps);
}

static void
beckon_say(struct buf *to, const struct person *p, const char *text, size_t len)
{
	(void)p;
	buf_str(to, "{\"event\":\"message\",\"payload\":{\"data\":\"");
	buf_add(to, text, len);
	buf_str(to, "\"}}");
}

static void
beckon_tell(struct buf *to, unsigned target, const char *text, size_t len)
{
	buf_fmt(to, "{\"event\":\"message\",\"payload\":{\"targetClientId\":\"p%u\",\"data\":\"", target);
	buf_add(to, text, len);
	buf_str(to, "\"}}");
}

/* socket.io 4 over engine.io 4, its WebSocket transport alone. */

static void
socketio_target(struct buf *to, const struct person *p)
{
	buf_fmt(to, "/socket.io/?EIO=4&transport=websocket&room=room%u&token=%s", p->room, p->token);
}

static void
socketio_greet(struct buf *to, const struct person *p)
{
	(void)p;
	buf_str(to, "40");
}

static void
socketio_say(struct buf *to, const struct person *p, const char *text, size_t len)
{
	(void)p;
	buf_str(to, "42[\"message\",{\"data\":\"");
	buf_add(to, text, len);
	buf_str(to, "\"}]");
}

static void
socketio_tell(struct buf *to, unsigned target, const char *text, size_t len)
{
	buf_fmt(to, "42[\"message\",{\"target\":\"p%u\",\"data\":\"", target);
	buf_add(to, text, len);
	buf_str(to, "\"}]");
}

/* PeerJS: everybody has a number, and there are no rooms. */

static void
peerjs_target(struct buf *to, const struct person *p)
{
	buf_fmt(to, "/peerjs?key=peerjs&id=p%u&token=t%u&version=1.5.4", p->number, p->number);
}

static void
peerjs_tell(struct buf *to, unsigned target, const char *text, size_t len)
{
	buf_fmt(to, "{\"type\":\"OFFER\",\"dst\":\"p%u\",\"payload\":{\"data\":\"", target);
	buf_add(to, text, len);
	buf_str(to, "\"}}");
}

/* nchan: a channel is a room, and what is said comes back to whoever says it. */

static void
nchan_target(struct buf *to, const struct person *p)
{
	buf_fmt(to, "/channel/room%u?token=%s", p->room, p->token);
}

static void
plain_say(struct buf *to, const struct person *p, const char *text, size_t len)
{
	(void)p;
	buf_add(to, text, len);
}

static void
echo_target(struct buf *to, const struct person *p)
{
	(void)p;
	buf_str(to, "/echo");
}

/* Who was upgraded may wait for a process that has not been started: in is who was answered by it. */
static void
answered_greet(struct buf *to, const struct person *p)
{
	(void)p;
	buf_str(to, "hello");
}

static const struct dialect dialects[] = {
	{ .name = "beckon", .reach = REACH_OTHERS, .directed = true, .wants_token = true,
		.target = beckon_target, .welcome = "\"room_state\"", .say = beckon_say,
		.tell = beckon_tell },
	{ .name = "socketio", .reach = REACH_OTHERS, .directed = true, .wants_token = true,
		.target = socketio_target, .greet = socketio_greet, .welcome = "40{",
		.say = socketio_say, .tell = socketio_tell, .ping = "2", .pong = "3" },
	{ .name = "peerjs", .reach = REACH_EACH, .directed = true, .target = peerjs_target,
		.welcome = "\"OPEN\"", .tell = peerjs_tell },
	{ .name = "nchan", .reach = REACH_OTHERS, .wants_token = true, .target = nchan_target,
		.say = plain_say },
	{ .name = "echo", .reach = REACH_SELF, .target = echo_target, .say = plain_say },
	{ .name = "answered", .reach = REACH_SELF, .target = echo_target, .say = plain_say,
		.greet = answered_greet, .welcome = "hello" },
};

const struct dialect *
dialect_find(const char *name)
{
	for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
		if (strcmp(dialects[i].name, name) == 0)
			return &dialects[i];
	return NULL;
}
