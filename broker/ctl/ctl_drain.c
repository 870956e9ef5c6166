/* ctl_drain – `beckonctl drain`: sends everybody away, and waits until they are gone; `beckonctl
 * status`: how many are there. */
#include "ctl.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "clock.h"

enum {
	LOOK_INTERVAL = 100, /* ms between two questions how many are left */
	SAY_INTERVAL = 1000, /* and between two lines about it */
	LAST_WORDS = 5000,   /* ms that the last handler has to take its leave */
};

struct service {
	bool draining;
	double left_ms, connections, most, rooms;
};

/* Sends a command that is answered by the status. Returns an exit status; with json, the answer is
 * printed as it is. */
static int
ask_status(const struct ctl *ctl, const char *command, bool json, struct service *s)
{
	char *text = NULL;
	int status = ctl_ask_broker(ctl, (const char *[]){ command, NULL }, &text);
	cJSON *answer;

	if (status != EXIT_NORMAL)
		return status;
	answer = cJSON_Parse(text);
	if (!cJSON_IsBool(cJSON_GetObjectItemCaseSensitive(answer, "draining")))
		status = ctl_complain(EXIT_REFUSED, "%s: this broker does not know it", command);
	*s = (struct service){
		.draining = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "draining")),
		.left_ms = ctl_number(answer, "drainMs"),
		.connections = ctl_number(answer, "connections"),
		.most = ctl_number(answer, "maxConnections"),
		.rooms = ctl_number(answer, "rooms"),
	};
	if (json && status == EXIT_NORMAL)
		ctl_print_json(text);
	cJSON_Delete(answer);
	free(text);
	return status;
}

static void
print_status(const struct service *s)
{
	printf("%.0f connections", s->connections);
	if (s->most > 0)
		printf(" of %.0f", s->most);
	printf(" in %.0f rooms%s\n", s->rooms, s->draining ? ", draining: nobody is let in" : "");
}

/* A line a second for who watches; a log needs none. */
static void
say_progress(const struct service *s, int64_t now, int64_t *said)
{
	if (!isatty(STDOUT_FILENO) || now - *said < SAY_INTERVAL)
		return;
	printf("%.0f connections left\n", s->connections);
	fflush(stdout);
	*said = now;
}

static int
wait_until_empty(const struct ctl *ctl, struct service *s)
{
	int64_t now = now_ms(), said = 0, end = now + (int64_t)s->left_ms + LAST_WORDS;
	int status = EXIT_NORMAL;

	while (s->connections > 0 && now < end && s->draining && status == EXIT_NORMAL) {
		say_progress(s, now, &said);
		poll(NULL, 0, LOOK_INTERVAL);
		status = ask_status(ctl, "status", false, s);
		now = now_ms();
	}
	if (status != EXIT_NORMAL)
		return status;
	if (!s->draining)
		return ctl_complain(EXIT_REFUSED, "drain: it was called off");
	if (s->connections > 0)
		return ctl_complain(EXIT_REFUSED,
		    "drain: %.0f connections are left, whose handlers do not answer",
		    s->connections);
	return EXIT_NORMAL;
}

struct wishes {
	bool no_wait, off;
};

static int
read_wishes(struct wishes *w, int argc, char **argv)
{
	*w = (struct wishes){ .off = false };
	for (int i = 1; i < argc; i++) {
		bool *wish = strcmp(argv[i], "--no-wait") == 0 ? &w->no_wait :
		    strcmp(argv[i], "--off") == 0	       ? &w->off : NULL;

		if (!wish)
			return -1;
		*wish = true;
	}
	return w->off && w->no_wait ? -1 : 0;
}

int
ctl_drain(const struct ctl *ctl, int argc, char **argv)
{
	struct service s;
	struct wishes w;
	bool at_once;
	int status;

	if (read_wishes(&w, argc, argv) < 0)
		return ctl_complain(EXIT_USAGE, "drain: expected --no-wait or --off");
	at_once = w.off || w.no_wait;
	status = ask_status(ctl, w.off ? "undrain" : "drain", ctl->json && at_once, &s);
	if (status != EXIT_NORMAL)
		return status;
	if (!at_once && (status = wait_until_empty(ctl, &s)) != EXIT_NORMAL)
		return status;
	if (!ctl->json)
		print_status(&s);
	else if (!at_once)
		status = ask_status(ctl, "status", true, &s);
	return status;
}

int
ctl_status(const struct ctl *ctl, int argc, char **argv)
{
	struct service s;
	int status;

	(void)argv;
	if (argc > 1)
		return ctl_complain(EXIT_USAGE, "status: it takes no arguments");
	status = ask_status(ctl, "status", ctl->json, &s);
	if (status == EXIT_NORMAL && !ctl->json)
		print_status(&s);
	return status;
}
