/* broker_ctl – what operators may ask on ctl.sock, as a table. See broker_ctl.h. */
#include "broker_ctl.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "request.h"

static const char *const error_words[COMMAND_ERRORS] = {
	[COMMAND_UNKNOWN] = "unknown_command",
	[COMMAND_USAGE] = "usage",
	[COMMAND_NOT_FOUND] = "not_found",
	[COMMAND_UNAVAILABLE] = "unavailable",
};

/* connections: those whose handler has not yet taken its leave. */
static void
run_status(struct command_call *c)
{
	const struct broker *b = c->b;
	struct buf *to = c->to;
	int64_t left = b->drain.on && b->drain.until > b->now ? b->drain.until - b->now : 0;

	buf_fmt(to, "{\"draining\":%s,\"drainMs\":%" PRId64 ",\"connections\":%u,",
	    b->drain.on ? "true" : "false", left,
	    (unsigned)HASH_CNT(by_session, b->registry.by_session));
	buf_fmt(to, "\"maxConnections\":%d,\"rooms\":%u}", b->rooms.max_connections,
	    (unsigned)HASH_COUNT(b->registry.outlets));
}

static void
run_drain(struct command_call *c)
{
	log_line(LOG_INFO, "operator", "command=drain uid=%ld", (long)(int)c->uid);
	broker_drain(c->b);
	run_status(c);
}

static void
run_undrain(struct command_call *c)
{
	log_line(LOG_INFO, "operator", "command=undrain uid=%ld", (long)(int)c->uid);
	broker_undrain(c->b);
	run_status(c);
}

static command_run run_help;

/* clang-format off */
static const struct command {
	const char *name;
	int least, most; /* words behind the name */
	command_run *run;
	const char *usage, *help;
} command_table[] = {
	{ "rooms",   0, 0, look_rooms,      "", "all rooms with their members" },
	{ "room",    1, 1, look_room,       "ROOM", "one, with the connections of its members" },
	{ "who",     0, 1, look_who,        "[SUB]", "everybody's connections" },
	{ "lobby",   0, 1, look_lobby,      "[ROOM]", "who waits" },
	{ "bans",    0, 1, look_bans,       "[ROOM|*]", "those in force" },
	{ "kick",    2, 3, command_operate, "ROOM|* SUB [REASON]", "bye 4001; may come back" },
	{ "ban",     2, 4, command_operate, "ROOM|* SUB [SECONDS [REASON]]", "bye 4002" },
	{ "unban",   2, 2, command_operate, "ROOM|* SUB", "may come back; * is whatever the room" },
	{ "say",     2, 2, command_operate, "ROOM|* TEXT", "an announcement" },
	{ "close",   1, 2, command_operate, "ROOM [REASON]", "bye 4004; chat is dropped" },
	{ "accept",  1, 2, command_operate, "ROOM [SUB]", "lets in who waits, or all who do" },
	{ "deny",    1, 2, command_operate, "ROOM [SUB]", "the same, but not in: bye 4003" },
	{ "status",  0, 0, run_status,      "", "how many are connected, and is it being drained" },
	{ "drain",   0, 0, run_drain,       "", "lets nobody in, sends all away; as status" },
	{ "undrain", 0, 0, run_undrain,     "", "lets people in again; as status" },
	{ "reload", 0, 0, command_reload, "", "what the last HUP took up" },
	{ "traffic", 0, 1, command_traffic, "[ROOM]", "what rooms have said so far" },
	{ "connections", 0, 1, command_connections, "[ROOM|SUB|CONNECTION-ID]",
	  "of all, of a room, or of one person; and what waits for them" },
	{ "comings", 1, 1, command_comings, "NUMBER", "who came and went, after that number" },
	{ "help",    0, 0, run_help,        "", "this list" },
};
/* clang-format on */

enum { COMMANDS = sizeof command_table / sizeof *command_table };

static void
run_help(struct command_call *c)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *row = &command_table[i];

		buf_str(c->to, i == 0 ? "{" : ",");
		buf_fmt(c->to, "\"%s\":\"%s%s%s\"", row->name, row->usage, *row->usage ? ": " : "",
		    row->help);
	}
	buf_char(c->to, '}');
}

void
command_fail(struct command_call *c, enum command_error why, const char *format, ...)
{
	char message[200];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	c->to->len = c->begin;
	buf_fmt(c->to, "{\"error\":\"%s\",\"message\":", error_words[why]);
	buf_json(c->to, message, strlen(message));
	buf_char(c->to, '}');
}

void
command_put_text(struct buf *to, const char *name, const char *text)
{
	buf_fmt(to, ",\"%s\":", name);
	buf_json(to, text, strlen(text));
}

int
command_room(struct command_call *c, int n, bool everywhere, char room[ROOM_KEY_MAX + 1])
{
	const char *word = c->argv->word[n];
	struct request r;

	if (everywhere && strcmp(word, CORE_EVERYWHERE) == 0) {
		strcpy(room, word);
		return 0;
	}
	if (request_read_place(&r, word, PATH_DECODED) != REFUSED_NOT) {
		command_fail(c, COMMAND_USAGE, "expected ENDPOINT/ROOM, like zoom/r1%s",
		    everywhere ? ", or *" : "");
		return -1;
	}
	snprintf(room, ROOM_KEY_MAX + 1, "%s/%s", endpoint_name(r.endpoint), r.room);
	return 0;
}

int
command_sub(struct command_call *c, int n)
{
	size_t len = strlen(c->argv->word[n]);

	if (len > 0 && len <= SUB_MAX)
		return 0;
	command_fail(c, COMMAND_USAGE, "expected a user id (sub) of 1 to %d bytes", SUB_MAX);
	return -1;
}

static const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(command_table[i].name, name) == 0)
			return &command_table[i];
	return NULL;
}

static void
command_take(struct command_call *c)
{
	const struct command *row = command_find(c->argv->word[0]);
	int given = c->argv->argc - 1;

	if (!row)
		command_fail(c, COMMAND_UNKNOWN, "There is no such command; try help.");
	else if (given < row->least || given > row->most)
		command_fail(c, COMMAND_USAGE, "expected: %s %s", row->name, row->usage);
	else
		row->run(c);
}

int
broker_command(struct broker *b, struct asked *a)
{
	struct command_call c = { .b = b, .uid = bus_user(a->pipe), .to = a->to };
	struct argv argv;
	const char *wrong;
	size_t begin;

	if (a->frame.kind != FRAME_CTL || a->rest_len > 0)
		return -1;
	begin = frame_begin(a->to, &(struct frame){ .kind = FRAME_CTL });
	c.begin = a->to->len;
	c.argv = &argv;
	wrong = argv_read(&argv, a->frame.body, a->frame.len);
	if (wrong)
		command_fail(&c, COMMAND_USAGE, "%s", wrong);
	else
		command_take(&c);
	frame_end(a->to, begin);
	a->stored = c.stored;
	return 0;
}

void
broker_command_unkept(struct buf *to)
{
	struct command_call c = { .to = to };
	size_t begin = frame_begin(to, &(struct frame){ .kind = FRAME_CTL });

	c.begin = to->len;
	command_fail(&c, COMMAND_UNAVAILABLE,
	    "The store fails: it is done, but a restart of the broker would forget it.");
	frame_end(to, begin);
}
