/* ctl_look – `beckonctl room`, `who`, `bans`, and the list of `lobby`: what the broker that runs
 * knows. */
#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "table.h"

/* Prints an answer for people. */
typedef void print_answer(const cJSON *answer);

static const cJSON *
list_of(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool
is_on(const cJSON *object, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static int
print(const struct ctl *ctl, const char *text, const char *command, print_answer *people)
{
	cJSON *answer;

	if (ctl->json) {
		ctl_print_json(text);
		return EXIT_NORMAL;
	}
	answer = cJSON_Parse(text);
	if (!answer)
		return ctl_complain(EXIT_SYSTEM, "%s: the answer is no JSON", command);
	people(answer);
	cJSON_Delete(answer);
	return EXIT_NORMAL;
}

/* missing: what to complain of where there is nothing; NULL: that is an answer. */
static int
look(const struct ctl *ctl, const char *const words[], print_answer *people, const char *missing)
{
	char *text = NULL;
	int status = ctl_ask_broker(ctl, words, &text);

	if (status == EXIT_NORMAL && missing && strcmp(text, "[]") == 0)
		status = ctl_complain(EXIT_NOT_FOUND, "%s: %s", words[0], missing);
	else if (status == EXIT_NORMAL)
		status = print(ctl, text, words[0], people);
	free(text);
	return status;
}

/* `mic,camera`. */
static void
cell_on(struct table *t, const cJSON *member)
{
	static const struct {
		const char *field, *word;
	} all[] = { { "audio", "mic" }, { "video", "camera" }, { "share", "screen" },
		{ "hand", "hand" } };
	char text[40] = "";

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (!is_on(member, all[i].field))
			continue;
		if (*text)
			strcat(text, ",");
		strcat(text, all[i].word);
	}
	table_cell(t, text);
}

/* Of one connection. */
static void
cell_session(struct table *t, const cJSON *session)
{
	table_cell(t, ctl_text(session, "address"));
	if (is_on(session, "away"))
		table_cell(t, "away");
	else
		table_cell_fmt(t, "%.0f", ctl_number(session, "pid"));
	table_cell(t, ctl_text(session, "connection"));
}

static void
print_members(const cJSON *members)
{
	static const char *const heads[] = { "SUB", "NAME", "ROLE", "ON", "SINCE", "ADDRESS", "PID",
		"CONNECTION", NULL };
	const cJSON *member, *session;
	struct table t;

	table_begin(&t, heads);
	cJSON_ArrayForEach(member, members)
		cJSON_ArrayForEach(session, list_of(member, "sessions")) {
			table_cell(&t, ctl_text(member, "clientId"));
			table_cell(&t, ctl_text(member, "displayName"));
			table_cell(&t, ctl_text(member, "role"));
			cell_on(&t, member);
			table_cell_time(&t, ctl_number(session, "joined"));
			cell_session(&t, session);
		}
	if (table_end(&t) == 0)
		puts("nobody is there");
}

static void
print_room(const cJSON *room)
{
	const cJSON *policy = list_of(room, "policy");

	printf("%s/", ctl_text(room, "endpoint"));
	ctl_print(ctl_text(room, "room"));
	printf("  %s, lobby %s, screen share %s\n", is_on(room, "locked") ? "locked" : "not locked",
	    is_on(room, "lobby") ? "on" : "off", ctl_text(policy, "screenshare"));
	printf("seq %.0f of epoch %s, bus ", ctl_number(room, "seq"), ctl_text(room, "epoch"));
	ctl_print(ctl_text(room, "bus"));
	puts("\n");
	print_members(list_of(room, "members"));
}

int
ctl_room(const struct ctl *ctl, int argc, char **argv)
{
	if (argc != 2)
		return ctl_complain(EXIT_USAGE, "room: expected one room, like zoom/r1");
	return look(ctl, (const char *[]){ "room", argv[1], NULL }, print_room, NULL);
}

static void
cell_place(struct table *t, const cJSON *there)
{
	table_cell_fmt(t, "%s/%s", ctl_text(there, "endpoint"), ctl_text(there, "room"));
}

static void
print_who(const cJSON *sessions)
{
	static const char *const heads[] = { "SUB", "NAME", "ROOM", "ROLE", "SINCE", "ADDRESS",
		"PID", "CONNECTION", NULL };
	const cJSON *session;
	struct table t;

	table_begin(&t, heads);
	cJSON_ArrayForEach(session, sessions) {
		table_cell(&t, ctl_text(session, "clientId"));
		table_cell(&t, ctl_text(session, "displayName"));
		cell_place(&t, session);
		table_cell(&t, ctl_text(session, "role"));
		table_cell_time(&t, ctl_number(session, "joined"));
		cell_session(&t, session);
	}
	if (table_end(&t) == 0)
		puts("nobody");
}

int
ctl_who(const struct ctl *ctl, int argc, char **argv)
{
	const char *sub = argc > 1 ? argv[1] : NULL;

	if (argc > 2)
		return ctl_complain(EXIT_USAGE, "who: expected one person, or nothing");
	return look(ctl, (const char *[]){ "who", sub, NULL }, print_who,
	    sub ? "nobody of that name is connected" : NULL);
}

static void
print_waiting(const cJSON *members)
{
	static const char *const heads[] = { "SUB", "NAME", "ROOM", "SINCE", NULL };
	const cJSON *member;
	struct table t;

	table_begin(&t, heads);
	cJSON_ArrayForEach(member, members) {
		table_cell(&t, ctl_text(member, "clientId"));
		table_cell(&t, ctl_text(member, "displayName"));
		cell_place(&t, member);
		table_cell_time(&t, ctl_number(member, "since"));
	}
	if (table_end(&t) == 0)
		puts("nobody waits");
}

int
ctl_look_lobby(const struct ctl *ctl, const char *room)
{
	return look(ctl, (const char *[]){ "lobby", room, NULL }, print_waiting, NULL);
}

static void
print_bans(const cJSON *answer)
{
	static const char *const heads[] = { "SUB", "ROOM", "UNTIL", "BY", "REASON", NULL };
	const cJSON *ban;
	struct table t;
	size_t shown;

	table_begin(&t, heads);
	cJSON_ArrayForEach(ban, list_of(answer, "bans")) {
		table_cell(&t, ctl_text(ban, "clientId"));
		table_cell(&t, ctl_text(ban, "room"));
		table_cell_time(&t, ctl_number(ban, "until"));
		table_cell(&t, ctl_text(ban, "by"));
		table_cell(&t, ctl_text(ban, "reason"));
	}
	shown = table_end(&t);
	if (shown == 0)
		puts("no bans");
	else if (ctl_number(answer, "total") > (double)shown)
		printf("and %.0f more\n", ctl_number(answer, "total") - (double)shown);
}

int
ctl_bans(const struct ctl *ctl, int argc, char **argv)
{
	if (argc > 2)
		return ctl_complain(EXIT_USAGE, "bans: expected one room, or nothing");
	return look(ctl, (const char *[]){ "bans", argc > 1 ? argv[1] : NULL, NULL }, print_bans,
	    NULL);
}
