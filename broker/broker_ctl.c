/* broker_ctl – what operators may ask on ctl.sock, as a table. See broker.h.
 *
 * The body of a FRAME_CTL is a command line, the answer one JSON text. */
#include "broker.h"

#include <inttypes.h>
#include <string.h>

typedef void command_run(struct broker *b, struct buf *to);

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
run_rooms(struct broker *b, struct buf *to)
{
	core_describe(b->core, to, put_bus, b);
}

/* connections: those whose handler has not yet taken its leave. */
static void
run_status(struct broker *b, struct buf *to)
{
	int64_t left = b->drain.on && b->drain.until > b->now ? b->drain.until - b->now : 0;

	buf_fmt(to, "{\"draining\":%s,\"drainMs\":%" PRId64 ",\"connections\":%u,",
	    b->drain.on ? "true" : "false", left,
	    (unsigned)HASH_CNT(by_session, b->registry.by_session));
	buf_fmt(to, "\"maxConnections\":%d,\"rooms\":%u}", b->rooms.max_connections,
	    (unsigned)HASH_COUNT(b->registry.outlets));
}

static void
run_drain(struct broker *b, struct buf *to)
{
	broker_drain(b);
	run_status(b, to);
}

static void
run_undrain(struct broker *b, struct buf *to)
{
	broker_undrain(b);
	run_status(b, to);
}

static void run_help(struct broker *b, struct buf *to);

static const struct command {
	const char *name;
	command_run *run;
	const char *help;
} command_table[] = {
	{ "rooms", run_rooms, "all rooms with their members" },
	{ "status", run_status, "how many are connected, and whether they are being sent away" },
	{ "drain", run_drain, "lets nobody in, and sends all away by and by; answers as status" },
	{ "undrain", run_undrain, "lets people in again; answers as status" },
	{ "help", run_help, "this list" },
};

enum { COMMANDS = sizeof command_table / sizeof *command_table };

static void
run_help(struct broker *b, struct buf *to)
{
	(void)b;
	for (size_t i = 0; i < COMMANDS; i++) {
		buf_str(to, i == 0 ? "{" : ",");
		buf_json(to, command_table[i].name, strlen(command_table[i].name));
		buf_char(to, ':');
		buf_json(to, command_table[i].help, strlen(command_table[i].help));
	}
	buf_char(to, '}');
}

static const struct command *
command_find(const struct frame *f)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strlen(command_table[i].name) == f->len &&
		    memcmp(command_table[i].name, f->body, f->len) == 0)
			return &command_table[i];
	return NULL;
}

int
broker_command(struct broker *b, struct asked *a)
{
	const struct command *command;
	size_t begin;

	if (a->frame.kind != FRAME_CTL || a->rest_len > 0)
		return -1;
	command = command_find(&a->frame);
	begin = frame_begin(a->to, &(struct frame){ .kind = FRAME_CTL });
	if (command)
		command->run(b, a->to);
	else
		buf_str(a->to, "{\"error\":\"unknown_command\",\"message\":\"Try help.\"}");
	frame_end(a->to, begin);
	return 0;
}
