/* ctl_rooms – `beckonctl rooms`: who is where, from the broker that runs. */
#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

static const char *
text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	return text ? text : "";
}

/* `ann* (Ann Lee) x2`, `eve (Eve) waiting`. */
static void
print_member(const cJSON *member)
{
	const char *id = text_of(member, "clientId"), *name = text_of(member, "displayName");
	const char *role = text_of(member, "role");
	double connections =
	    cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(member, "connections"));

	ctl_print(id);
	if (strcmp(role, "host") == 0)
		putchar('*');
	if (strcmp(id, name) != 0) {
		fputs(" (", stdout);
		ctl_print(name);
		putchar(')');
	}
	if (connections > 1)
		printf(" x%.0f", connections);
	if (strcmp(role, "waiting") == 0)
		fputs(" waiting", stdout);
}

static void
print_room(const cJSON *room)
{
	const cJSON *members = cJSON_GetObjectItemCaseSensitive(room, "members"), *member;
	const char *between = "";

	printf("%-11s ", text_of(room, "endpoint"));
	ctl_print(text_of(room, "room"));
	printf("  %d: ", cJSON_GetArraySize(members));
	cJSON_ArrayForEach(member, members) {
		fputs(between, stdout);
		print_member(member);
		between = ", ";
	}
	putchar('\n');
	if (text_of(room, "bus")[0]) {
		fputs("            bus ", stdout);
		ctl_print(text_of(room, "bus"));
		putchar('\n');
	}
}

static int
print_rooms(const char *text)
{
	cJSON *rooms = cJSON_Parse(text);
	int status = EXIT_NORMAL;
	const cJSON *room;

	if (cJSON_IsArray(rooms)) {
		cJSON_ArrayForEach(room, rooms)
			print_room(room);
		if (cJSON_GetArraySize(rooms) == 0)
			puts("no rooms");
	} else {
		status = ctl_complain(EXIT_SYSTEM, "rooms: this broker is of another version");
	}
	cJSON_Delete(rooms);
	return status;
}

int
ctl_rooms(const struct conf *conf, int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	char *text = NULL;
	int status;

	if (argc > 1 && !json)
		return ctl_complain(EXIT_USAGE, "rooms: expected --json or nothing");
	status = ctl_ask_broker(conf, (const char *[]){ "rooms", NULL }, &text);
	if (status != EXIT_NORMAL)
		return status;
	if (json)
		puts(text);
	else
		status = print_rooms(text);
	free(text);
	return status;
}
