/* ctl_rooms – `beckonctl rooms`: who is where, from the broker that runs. */
#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

/* `ann* (Ann Lee) x2`, `eve (Eve) waiting`. */
static void
print_member(const cJSON *member)
{
	const char *id = ctl_text(member, "clientId"), *name = ctl_text(member, "displayName");
	const char *role = ctl_text(member, "role");
	double connections = ctl_number(member, "connections");

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

	printf("%-11s ", ctl_text(room, "endpoint"));
	ctl_print(ctl_text(room, "room"));
	printf("  %d: ", cJSON_GetArraySize(members));
	cJSON_ArrayForEach(member, members) {
		fputs(between, stdout);
		print_member(member);
		between = ", ";
	}
	putchar('\n');
	if (ctl_text(room, "bus")[0]) {
		fputs("            bus ", stdout);
		ctl_print(ctl_text(room, "bus"));
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
ctl_rooms(const struct ctl *ctl, int argc, char **argv)
{
	char *text = NULL;
	int status;

	(void)argv;
	if (argc > 1)
		return ctl_complain(EXIT_USAGE, "rooms: it takes no arguments");
	status = ctl_ask_broker(ctl, (const char *[]){ "rooms", NULL }, &text);
	if (status != EXIT_NORMAL)
		return status;
	if (ctl->json)
		ctl_print_json(text);
	else
		status = print_rooms(text);
	free(text);
	return status;
}
