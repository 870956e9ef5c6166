/* broker_operate – what operators do to rooms and people. See broker_ctl.h and core.h.
 *
 * Each is answered by how many it was done to, {"rooms","people","connections"}, of a ban with
 * "until" (ms since 1970), and logged by who did it, without what he said. A word for all rooms is
 * `*`. A command that came twice is done twice: of `say` alone that shows. */
#include "broker_ctl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "log.h"

static const int64_t SECONDS_MAX = INT64_C(3153600000); /* a hundred years, as hosts may */

enum { EVERYWHERE = 1, SUB = 2, SUB_OR_ALL = 4, SECONDS = 8, WORDS = 16, STORED = 32 };

/* What stands behind the name, in this order: room, sub, seconds, words. */
static const struct form {
	const char *name;
	enum operation what;
	unsigned takes;
} form_table[] = {
	{ "kick", OPERATE_KICK, EVERYWHERE | SUB | WORDS },
	{ "ban", OPERATE_BAN, EVERYWHERE | SUB | SECONDS | WORDS | STORED },
	{ "unban", OPERATE_UNBAN, EVERYWHERE | SUB | STORED },
	{ "say", OPERATE_SAY, EVERYWHERE | WORDS },
	{ "close", OPERATE_CLOSE, WORDS | STORED },
	{ "accept", OPERATE_ACCEPT, SUB_OR_ALL },
	{ "deny", OPERATE_DENY, SUB_OR_ALL },
};

static const struct form *
form_of(const char *name)
{
	const struct form *f = form_table;

	while (strcmp(f->name, name) != 0)
		f++;
	return f;
}

/* Digits, or nothing: then it is a day. -1 after a complaint. */
static int
read_seconds(struct command_call *c, const char *word, int64_t *seconds)
{
	*seconds = BAN_TIME / 1000;
	if (!word || *word == '\0')
		return 0;
	*seconds = strlen(word) <= 10 && strspn(word, "0123456789") == strlen(word) ?
	    strtoll(word, NULL, 10) : 0;
	if (*seconds >= 1 && *seconds <= SECONDS_MAX)
		return 0;
	command_fail(c, COMMAND_USAGE, "expected 1 to %" PRId64 " seconds", SECONDS_MAX);
	return -1;
}

static int
read_words(struct command_call *c, const char *word, const char **words)
{
	size_t points = 0;

	*words = word ? word : "";
	for (const char *at = *words; *at; at++)
		points += (*at & 0xc0) != 0x80;
	if (points <= CHAT_POINTS_MAX)
		return 0;
	command_fail(c, COMMAND_USAGE, "expected at most %d characters to say", CHAT_POINTS_MAX);
	return -1;
}

/* 0, or -1 after a complaint. */
static int
read_order(struct command_call *c, const struct form *f, char room[ROOM_KEY_MAX + 1],
    struct order *o)
{
	const char *const *word = c->argv->word;
	int64_t seconds = 0;
	int at = 2;

	*o = (struct order){ .what = f->what, .room = room, .sub = "", .words = "" };
	if (command_room(c, 1, f->takes & EVERYWHERE, room) < 0)
		return -1;
	if ((f->takes & SUB) != 0 && command_sub(c, at) < 0)
		return -1;
	if ((f->takes & SUB_OR_ALL) != 0 && at < c->argv->argc && command_sub(c, at) < 0)
		return -1;
	if ((f->takes & (SUB | SUB_OR_ALL)) != 0 && at < c->argv->argc)
		o->sub = word[at++];
	if ((f->takes & SECONDS) != 0) {
		if (read_seconds(c, word[at], &seconds) < 0)
			return -1;
		at += word[at] != NULL;
		o->until = c->b->now + seconds * 1000;
	}
	return (f->takes & WORDS) != 0 ? read_words(c, word[at], &o->words) : 0;
}

static void
complain(struct command_call *c, const struct order *o)
{
	bool all = strcmp(o->room, CORE_EVERYWHERE) == 0;

	if (o->what == OPERATE_UNBAN)
		command_fail(c, COMMAND_NOT_FOUND, "There is no such ban%s.",
		    all ? "" : "; one in all rooms is lifted there: *");
	else if (!all && !core_is_open(c->b->core, o->room))
		command_fail(c, COMMAND_NOT_FOUND, "There is no room %s.", o->room);
	else if (o->what == OPERATE_ACCEPT || o->what == OPERATE_DENY)
		command_fail(c, COMMAND_NOT_FOUND, "Nobody of that name waits there.");
	else
		command_fail(c, COMMAND_NOT_FOUND, "Nobody of that name is there.");
}

static void
put_done(struct command_call *c, const struct order *o, const struct operated *did)
{
	buf_fmt(c->to, "{\"rooms\":%u,\"people\":%u,\"connections\":%u", did->rooms, did->people,
	    did->connections);
	if (o->until != 0)
		buf_fmt(c->to, ",\"until\":%" PRId64, o->until);
	buf_char(c->to, '}');
}

/* The sub comes last: whatever it is, it is not taken for one of the others. */
static void
log_order(const struct command_call *c, const struct order *o, enum problem p,
    const struct operated *did)
{
	log_line(LOG_INFO, "operator",
	    "command=%s result=%s uid=%ld room=%s rooms=%u people=%u connections=%u%s%s",
	    c->argv->word[0], p == PROBLEM_NONE ? "done" : "not_found", (long)(int)c->uid, o->room,
	    did->rooms, did->people, did->connections, *o->sub ? " sub=" : "", o->sub);
}

void
command_operate(struct command_call *c)
{
	const struct form *f = form_of(c->argv->word[0]);
	struct broker *b = c->b;
	char room[ROOM_KEY_MAX + 1];
	struct operated did;
	struct order o;
	enum problem p;

	if (read_order(c, f, room, &o) < 0)
		return;
	if (o.what == OPERATE_SAY && *o.words == '\0') {
		command_fail(c, COMMAND_USAGE, "expected something to say");
		return;
	}
	p = core_operate(b->core, &o, b->now, &did, &b->out);
	broker_prepare(b);
	log_order(c, &o, p, &did);
	c->stored = (f->takes & STORED) != 0;
	if (p == PROBLEM_NONE)
		put_done(c, &o, &did);
	else
		complain(c, &o);
}
