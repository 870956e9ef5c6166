/* ctl_rooms – `beckonctl rooms`: who is where, from the broker that runs. */
#include "ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "ask.h"
#include "bounds.h"
#include "buf.h"
#include "frame.h"

enum { PATIENCE = 2000 }; /* ms that the broker has for an answer */

/* Sends the command line to the broker. Returns 0 with its answer as text, to be freed; or an exit
 * status after a complaint. */
static int
ask_broker(const struct conf *conf, const char *command, char **text)
{
	char path[SOCKET_PATH_MAX + 1];
	struct buf question = BUF_INIT;
	int status = EXIT_SYSTEM;
	const uint8_t *answer;
	struct frame f;
	struct ask ask;
	size_t len;

	snprintf(path, sizeof(path), "%s/ctl.sock", conf->text[CONF_RUN_DIR]);
	ask_init(&ask, path);
	ask.sp.message_max = BUS_MESSAGE_MAX; /* many rooms are a long answer */
	frame_put(&question, &(struct frame){ .kind = FRAME_CTL, .body = command,
				 .len = strlen(command) });
	if (ask_question(&ask, question.at, question.len, PATIENCE, &answer, &len) != 0) {
		ctl_complain(0, "no answer from the broker at %s: %s", path, strerror(errno));
		goto out;
	}
	if (frame_next(&answer, &len, &f) != 1 || f.kind != FRAME_CTL) {
		ctl_complain(0, "what listens at %s is not this version's broker", path);
		goto out;
	}
	*text = strndup(f.body, f.len);
	if (*text)
		status = EXIT_NORMAL;
out:
	ask_fini(&ask);
	buf_fini(&question);
	return status;
}

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
		status = ctl_complain(EXIT_REFUSED, "rooms: the broker says: %s",
		    text_of(rooms, "message"));
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
	status = ask_broker(conf, "rooms", &text);
	if (status != EXIT_NORMAL)
		return status;
	if (json)
		puts(text);
	else
		status = print_rooms(text);
	free(text);
	return status;
}
