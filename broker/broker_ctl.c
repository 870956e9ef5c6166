/* broker_ctl – what operators may ask on ctl.sock, as a table. See broker_ctl.h. */
#include "broker_ctl.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef void command_run(struct command_call *c);

static const char *const error_words[COMMAND_ERRORS] = {
	[COMMAND_UNKNOWN] = "unknown_command",
	[COMMAND_USAGE] = "usage",
	[COMMAND_NOT_FOUND] = "not_found",
	[COMMAND_UNAVAILABLE] = "unavailable",
};

/* The path on which `nngcat --sub` hears the room. */
static void
put_bus(void *context, uint64_t room, struct buf *to)
{
	const struct broker *b = context;
	const struct outlet *o = outlet_find(&b->registry, room);
	const char *path = o && o->topic ? bus_topic_path(o->topic) : "";

	buf_str(to, ",\"bus\":");
	buf_json(to, path, strlen(path));
}

static void
run_rooms(struct command_call *c)
{
	core_describe(c->b->core, c->to, put_bus, c->b);
}

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
	broker_drain(c->b);
	run_status(c);
}

static void
run_undrain(struct command_call *c)
{
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
	{ "rooms",   0, 0, run_rooms,   "", "all rooms with their members" },
	{ "status",  0, 0, run_status,  "", "how many are connected, and is it being drained" },
	{ "drain",   0, 0, run_drain,   "", "lets nobody in, sends all away by and by; as status" },
	{ "undrain", 0, 0, run_undrain, "", "lets people in again; as status" },
	{ "traffic", 0, 1, command_traffic, "[ENDPOINT/ROOM]", "what rooms have said so far" },
	{ "connections", 0, 1, command_connections, "[ENDPOINT/ROOM|SUB|CONNECTION-ID]",
	  "of all, of a room, or of one person; and what waits for them" },
	{ "comings", 1, 1, command_comings, "NUMBER", "who came and went, after that number" },
	{ "help",    0, 0, run_help,    "", "this list" },
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
	return 0;
}
