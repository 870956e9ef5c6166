/* ctl_watch – `beckonctl watch`: what goes on in a room, or who comes and goes in all.
 *
 * A room is heard on its bus, as its handlers hear it: a subscriber that is slow misses something,
 * and nobody waits for it. Mail is not there but for its place (frame.h). All rooms together are
 * asked for a few times a second. Another broker is followed, and that is said. */
#include "ctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "bounds.h"
#include "clock.h"
#include "frame.h"
#include "live.h"
#include "seen.h"
#include "sp.h"

enum {
	LOOK_INTERVAL = 250,  /* ms between two questions who came and went, or if it is there */
	NAMES_INTERVAL = 500, /* between two who is who, where a session is not known */
};

struct watch {
	const struct ctl *ctl;
	const char *room; /* NULL: all */
	bool text;
	struct live live;
	struct sp bus;
	uint64_t seq;	/* the last that was seen; of all rooms: the last coming. 0: none */
	double pid;	/* of the broker */
	bool away;	/* which was said */
	cJSON *names;	/* who has which session: an answer to `connections` */
	int64_t named;	/* when that was asked */
	struct buf line;
};

/* About the watching itself, for people: what is seen goes to stdout. */
static void
say(const struct watch *w, const char *what)
{
	fprintf(stderr, "beckonctl: %s: %s\n", w->room ? w->room : "all rooms", what);
}

static void
show(struct watch *w, const struct seen *s)
{
	buf_reset(&w->line);
	if (w->ctl->json)
		seen_put_json(&w->line, s);
	else
		seen_put(&w->line, s);
	buf_char(&w->line, '\0');
	if (buf_failed(&w->line))
		return;
	if (w->ctl->json)
		ctl_print_json(w->line.at);
	else
		fputs(w->line.at, stdout);
}

static void
show_missed(struct watch *w, uint64_t missed)
{
	if (missed == 0)
		return;
	if (w->ctl->json)
		printf("{\"missed\":%" PRIu64 "}\n", missed);
	else
		printf("… %" PRIu64 " not seen: watching is slower than this room\n", missed);
}

/* ---- a room ---- */

static const char *
name_find(const struct watch *w, const char *session)
{
	const cJSON *one, *list = cJSON_GetObjectItemCaseSensitive(w->names, "list");

	cJSON_ArrayForEach(one, list)
		if (strcmp(ctl_text(one, "session"), session) == 0)
			return ctl_text(one, "sub");
	return NULL;
}

/* Whose session is it? "?" where that is not known, or any more. */
static const char *
name_of(struct watch *w, uint64_t session)
{
	const char *question[] = { "connections", w->room, NULL }, *name;
	char number[24], why[CTL_WHY_SIZE], *text = NULL;

	snprintf(number, sizeof(number), "%" PRIu64, session);
	name = name_find(w, number);
	if (name || now_ms() - w->named < NAMES_INTERVAL)
		return name ? name : "?";
	w->named = now_ms();
	if (ctl_try_broker(w->ctl, question, &text, why) != EXIT_NORMAL)
		return "?";
	cJSON_Delete(w->names);
	w->names = cJSON_Parse(text);
	free(text);
	name = name_find(w, number);
	return name ? name : "?";
}

static const char *
event_of(const struct frame *f)
{
	switch (f->kind) {
	case FRAME_STATE: return "room_state";
	case FRAME_STUB: return "(direct)";
	default: return "(void)";
	}
}

static void
show_frame(struct watch *w, const struct frame *f)
{
	struct seen s = { .time = wall_ms(), .room = w->room, .seq = f->seq, .size = f->len,
		.who = "", .event = event_of(f), .target = "" };
	cJSON *message = NULL;

	if (w->seq != 0 && f->seq > w->seq + 1)
		show_missed(w, f->seq - w->seq - 1);
	w->seq = f->seq;
	if (f->kind == FRAME_ROOM) {
		message = cJSON_ParseWithLength(f->body, f->len);
		seen_read(&s, message, w->text);
	} else if (f->kind == FRAME_STUB && f->session != 0) {
		s.target = name_of(w, f->session);
	}
	show(w, &s);
	cJSON_Delete(message);
}

static int
show_message(struct watch *w, const uint8_t *at, size_t len)
{
	struct frame f;
	int n;

	while ((n = frame_next(&at, &len, &f)) > 0)
		if (f.kind >= FRAME_ROOM && f.kind <= FRAME_VOID)
			show_frame(w, &f);
	return n;
}

/* What is there. -1: the connection is over. */
static int
hear(struct watch *w)
{
	const uint8_t *body;
	uint32_t id;
	size_t len;
	int rc;

	if (sp_read(&w->bus) < 0)
		return -1;
	while ((rc = sp_next(&w->bus, &id, &body, &len)) > 0)
		if (show_message(w, body, len) < 0)
			return -1;
	return rc;
}

static void
say_there(struct watch *w, const cJSON *answer)
{
	double pid = ctl_number(answer, "pid");
	char what[80];

	if (w->pid == 0) {
		say(w, "watching");
	} else if (w->away || pid != w->pid) {
		snprintf(what, sizeof(what), "watching again; the broker is process %.0f%s", pid,
		    pid != w->pid ? ", another one" : "");
		say(w, what);
	}
	w->away = false;
	w->pid = pid;
}

static int
subscribe(struct watch *w, const cJSON *answer)
{
	const cJSON *room =
	    cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(answer, "rooms"), 0);

	if (sp_open(&w->bus, ctl_text(room, "bus")) < 0 || sp_write(&w->bus) < 0) {
		sp_close(&w->bus);
		return -1;
	}
	say_there(w, answer);
	return 0;
}

/* ---- all rooms ---- */

static void
show_comings(struct watch *w, const cJSON *comings)
{
	const cJSON *one;

	show_missed(w, (uint64_t)ctl_number(comings, "lost"));
	cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(comings, "list")) {
		const cJSON *message = cJSON_GetObjectItemCaseSensitive(one, "message");
		struct seen s = { .time = wall_ms(), .room = ctl_text(one, "room") };
		char *text = cJSON_PrintUnformatted(message);

		s.size = text ? strlen(text) : 0;
		cJSON_free(text);
		seen_read(&s, message, w->text);
		show(w, &s);
	}
}

static int
look(struct watch *w, const cJSON *answer)
{
	const cJSON *comings = cJSON_GetObjectItemCaseSensitive(answer, "comings");
	bool same = ctl_number(answer, "pid") == w->pid;

	/* Of the time before we are not asked; of another broker all is new. */
	if (w->pid != 0 && same)
		show_comings(w, comings);
	w->seq = w->pid == 0 || same ? (uint64_t)ctl_number(comings, "last") : 0;
	say_there(w, answer);
	return 0;
}

/* ---- both ---- */

/* A question for what there is to be watched: to be heard, or seen by the answer. */
static int
ask(struct watch *w, cJSON **answer, char *why)
{
	char number[24], *text = NULL;
	int status;

	snprintf(number, sizeof(number), "%" PRIu64, w->pid == 0 ? UINT64_MAX : w->seq);
	status = ctl_try_broker(w->ctl, w->room ? (const char *[]){ "traffic", w->room, NULL }
						: (const char *[]){ "comings", number, NULL },
	    &text, why);
	*answer = text ? cJSON_Parse(text) : NULL;
	free(text);
	return status;
}

/* OPTIONS_GO_ON, or a status to end with. The broker may be away for a while, but not at first; a
 * room may end, but not before it was seen. */
static int
reach(struct watch *w)
{
	char why[CTL_WHY_SIZE];
	cJSON *answer;
	int status = ask(w, &answer, why);

	if (status == EXIT_NORMAL && (w->room ? subscribe(w, answer) : look(w, answer)) < 0) {
		status = EXIT_SYSTEM;
		snprintf(why, sizeof(why), "the room's bus cannot be heard: only by root and the "
					   "service's own user");
	}
	cJSON_Delete(answer);
	if (status == EXIT_NORMAL)
		return OPTIONS_GO_ON;
	if (w->pid == 0)
		return ctl_complain(status, "%s", why);
	if (status == EXIT_NOT_FOUND) {
		say(w, "the room is over");
		return EXIT_NORMAL;
	}
	if (!w->away)
		say(w, "the broker is away");
	w->away = true;
	return OPTIONS_GO_ON;
}

static int
follow(struct watch *w)
{
	int64_t next = now_ms();
	int status = OPTIONS_GO_ON;

	while (status == OPTIONS_GO_ON) {
		if (w->bus.fd < 0 && now_ms() >= next) {
			status = reach(w);
			next = now_ms() + LOOK_INTERVAL;
		}
		if (!live_flush() || status != OPTIONS_GO_ON)
			break;
		switch (live_wait(&w->live, w->bus.fd, -1, w->bus.fd < 0 ? next : INT64_MAX)) {
		case LIVE_END: return EXIT_NORMAL;
		case LIVE_PAUSE: live_pause(); break;
		case LIVE_READY:
			if (hear(w) < 0)
				sp_close(&w->bus);
			break;
		default: break;
		}
	}
	return status == OPTIONS_GO_ON ? EXIT_NORMAL : status;
}

static int
read_arguments(struct watch *w, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--text") == 0)
			w->text = true;
		else if (argv[i][0] == '-' || w->room || !strchr(argv[i], '/'))
			return ctl_complain(EXIT_USAGE, "watch: expected ENDPOINT/ROOM or --text, "
							"got %s", argv[i]);
		else
			w->room = argv[i];
	}
	return EXIT_NORMAL;
}

int
ctl_watch(const struct ctl *ctl, int argc, char **argv)
{
	struct watch w = { .ctl = ctl, .line = BUF_INIT };
	int status;

	if (read_arguments(&w, argc, argv) != EXIT_NORMAL)
		return EXIT_USAGE;
	if (live_open(&w.live) < 0)
		return ctl_complain(EXIT_SYSTEM, "watch: no signals");
	if (w.text)
		say(&w, "what people say is shown, as --text was given");
	sp_init(&w.bus, SP_SUB, BUS_MESSAGE_MAX);
	status = follow(&w);
	sp_close(&w.bus);
	buf_fini(&w.line);
	cJSON_Delete(w.names);
	return status;
}
