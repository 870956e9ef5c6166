/* event – the table of what clients may send. See include/event.h. */
#include "event.h"

const struct event_row event_table[EVENTS] = {
#define EVENT(symbol, name, alias, who, cost, chat, body, run, help)                               \
	[EVENT_##symbol] = { name, alias, who, cost, chat, body, help },
#include "event.def"
#undef EVENT
};

int
event_cost(enum event_kind kind)
{
	return kind == EVENTS ? 1 : event_table[kind].cost;
}

enum event_kind
event_find(struct json_span name)
{
	enum event_kind k = 0;

	for (; k < EVENTS; k++) {
		const struct event_row *row = &event_table[k];

		if (json_string_is(name, row->name) ||
		    (row->alias != NULL && json_string_is(name, row->alias)))
			break;
	}
	return k;
}

static void
describe_who(struct buf *to, enum event_who who)
{
	static const struct {
		enum event_who bit;
		char letter;
	} letters[] = { { WHO_WAITING, 'W' }, { WHO_PARTICIPANT, 'P' }, { WHO_HOST, 'H' } };

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if ((who & letters[i].bit) != 0)
			buf_char(to, letters[i].letter);
}

void
event_describe(struct buf *to)
{
	buf_str(to, "event\talias\twho\tcost\tbody\thelp\n");
	for (enum event_kind k = 0; k < EVENTS; k++) {
		const struct event_row *row = &event_table[k];

		buf_fmt(to, "%s\t%s\t", row->name, row->alias != NULL ? row->alias : "-");
		describe_who(to, row->who);
		buf_fmt(to, "\t%d\t%s\t%s\n", row->cost, *row->body != '\0' ? row->body : "-",
		    row->help);
	}
}
