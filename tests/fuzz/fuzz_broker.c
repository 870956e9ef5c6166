/* The broker, among handlers that were taken over by their clients: whatever they send, in whatever
 * order, over pipes that come and go, while time passes and the broker is started again.
 *
 * In place of the bus there is this file, so that one input is one life: it hands the broker what
 * the input says, and holds what it gets against what must be true of everything that leaves it. */
#include "fuzz.h"

#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>

#include "../unit/forge.h"
#include "argv.h"
#include "broker.h"

enum { SLOTS = 6, TOKENS = 6, QUEUE_MAX = 64, ROUND_MAX = 32, START_S = 1700000000 };

struct bus_request {
	uint32_t pipe;
	size_t len;
	uint8_t body[];
};

struct bus_topic {
	uint64_t id, seq; /* seq: of the last publication; 0: none yet */
	char path[64];
};

/* One handler after the other, in the same place. */
static struct slot {
	uint32_t pipe; /* 0: none */
	uint64_t session, number, received;
	uint8_t ticket[TICKET_SIZE];
} slots[SLOTS];

static struct {
	struct bus_request *first[QUEUE_MAX];
	size_t count, taken;
} doors[BUS_DOORS];

static struct input in;
static struct broker *broker;
static struct bus_event events[QUEUE_MAX];
static size_t event_count;
static uint32_t pipes_made;
static int64_t now; /* ms */
static uint64_t dice;
static int readable, requests;
static bool restart;
static char *tokens[TOKENS];
static char data_folder[64], keys_folder[64];

/* Time and chance are the input's. */
int __wrap_clock_gettime(clockid_t id, struct timespec *t);
ssize_t __wrap_getrandom(void *to, size_t n, unsigned flags);

int
__wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	(void)id;
	*t = (struct timespec){ .tv_sec = now / 1000, .tv_nsec = now % 1000 * 1000000 };
	return 0;
}

ssize_t
__wrap_getrandom(void *to, size_t n, unsigned flags)
{
	(void)flags;
	for (size_t i = 0; i < n; i++)
		((uint8_t *)to)[i] = (uint8_t)((dice = dice * 6364136223846793005u + 1) >> 56);
	return (ssize_t)n;
}

/* ---- what the broker says ---- */

static void
is_one_line_of_json(const void *at, size_t len)
{
	must(json_valid(at, len) && memchr(at, '\n', len) == NULL);
}

/* Each part of a room_state is good in its place. */
static void
is_part_of_state(const struct frame *f)
{
	struct buf b = BUF_INIT;

	buf_str(&b, "{\"payload\":{");
	buf_add(&b, f->body, f->len);
	buf_str(&b, f->kind == FRAME_YOU ? "\"x\":1}}" : "}");
	is_one_line_of_json(b.at, b.len);
	buf_fini(&b);
}

static void
holds_no_token(const void *at, size_t len)
{
	for (int i = 0; i < TOKENS; i++)
		must(memmem(at, len, tokens[i], strlen(tokens[i])) == NULL);
}

static void
look_at_frame(const struct frame *f)
{
	holds_no_token(f->body, f->len);
	switch (f->kind) {
	case FRAME_REPLY:
		if (f->len > 0)
			is_one_line_of_json(f->body, f->len);
		break;
	case FRAME_ROOM:
	case FRAME_DIRECT:
	case FRAME_BYE:
	case FRAME_CTL: is_one_line_of_json(f->body, f->len); break;
	case FRAME_YOU:
	case FRAME_STATE:
	case FRAME_MAILED_STATE: is_part_of_state(f); break;
	default: break;
	}
}

static struct slot *
slot_of(uint32_t pipe)
{
	for (int i = 0; i < SLOTS; i++)
		if (slots[i].pipe == pipe)
			return &slots[i];
	return NULL;
}

/* A handler keeps what it is given. */
static void
take_welcome(struct slot *s, const struct frame *f)
{
	struct fields fields;

	must(fields_read(&fields, f->body, f->len) == 0);
	must(fields.value[FIELD_TICKET].len == TICKET_SIZE);
	memcpy(s->ticket, fields.value[FIELD_TICKET].at, TICKET_SIZE);
	if (s->session != f->session)
		s->number = s->received = 0;
	s->session = f->session;
}

void
bus_reply(struct bus *b, enum bus_door door, struct bus_request *r, const void *body, size_t len)
{
	struct slot *s = slot_of(r->pipe);
	const uint8_t *at = body;
	struct frame f;
	int rc;

	(void)b, (void)door;
	must(len <= BUS_MESSAGE_MAX);
	while ((rc = frame_next(&at, &len, &f)) > 0) {
		look_at_frame(&f);
		if (s == NULL)
			continue;
		if (f.kind == FRAME_WELCOME)
			take_welcome(s, &f);
		else if (f.kind == FRAME_REPLY) /* to nobody else's event */
			must(f.session == s->session);
		else if (f.kind >= FRAME_DIRECT && f.kind <= FRAME_SYNC && f.who > s->received)
			s->received = f.who;
	}
	must(rc == 0);
	bus_drop(r);
}

void
bus_publish(struct bus_topic *t, const void *body, size_t len)
{
	const uint8_t *at = body;
	struct frame f;
	int rc;

	must(len <= BUS_MESSAGE_MAX);
	while ((rc = frame_next(&at, &len, &f)) > 0) {
		look_at_frame(&f);
		must(f.kind >= FRAME_ROOM && f.kind <= FRAME_VOID);
		must(t->seq == 0 || f.seq == t->seq + 1); /* one order, without a hole */
		t->seq = f.seq;
	}
	must(rc == 0);
}

/* Nor does the log, which goes nowhere. */
static void
look_at_line(const char *format, va_list args)
{
	char line[8192];
	int n = vsnprintf(line, sizeof(line), format, args);

	must(n >= 0 && (size_t)n < sizeof(line));
	holds_no_token(line, (size_t)n);
}

void
log_line(enum log_level level, const char *event_name, const char *format, ...)
{
	va_list args;

	(void)level, (void)event_name;
	va_start(args, format);
	look_at_line(format, args);
	va_end(args);
}

void
log_about(const char *connection, enum log_level level, const char *event_name, const char *format,
    ...)
{
	va_list args;

	(void)connection, (void)level, (void)event_name;
	va_start(args, format);
	look_at_line(format, args);
	va_end(args);
}

bool
log_wants(enum log_level level)
{
	(void)level;
	return true;
}

/* ---- what handlers send ---- */

static void
send(enum bus_door door, uint32_t pipe, const void *body, size_t len)
{
	struct bus_request *r = malloc(sizeof(*r) + len);

	if (doors[door].count == QUEUE_MAX) {
		free(r);
		return;
	}
	r->pipe = pipe;
	r->len = len;
	if (len > 0)
		memcpy(r->body, body, len);
	doors[door].first[doors[door].count++] = r;
	requests++;
}

static void
send_frame(struct slot *s, const struct frame *f)
{
	struct buf b = BUF_INIT;

	frame_put(&b, f);
	send(BUS_CONTROL, s->pipe, b.at, b.len);
	buf_fini(&b);
}

static void
event(const struct bus_event *e)
{
	if (event_count < QUEUE_MAX)
		events[event_count++] = *e;
}

static void
go(struct slot *s)
{
	if (s->pipe != 0)
		event(&(struct bus_event){ .kind = BUS_GONE, .pipe = s->pipe });
	s->pipe = 0;
}

/* Its own session, or a guess at somebody else's. */
static uint64_t
some_session(const struct slot *s)
{
	unsigned n = input_below(&in, 16);

	return n < 12 ? s->session : n;
}

static void
put_place(struct buf *b)
{
	static const char *const endpoints[] = { "zoom", "chat", "screenshare" };

	field_str(b, FIELD_ENDPOINT, endpoints[input_below(&in, 3)]);
	field_str(b, FIELD_ROOM, input_below(&in, 4) == 0 ? "r2" : "r1");
}

static void
do_join(struct slot *s)
{
	struct buf b = BUF_INIT;

	put_place(&b);
	field_str(&b, FIELD_TOKEN, tokens[input_below(&in, TOKENS)]);
	field_str(&b, FIELD_CONNECTION, "c");
	if (input_below(&in, 4) == 0)
		field_str(&b, FIELD_RESUME, "5851f42d4c957f2d.3");
	send_frame(s, &(struct frame){ .kind = FRAME_JOIN, .body = b.at, .len = b.len });
	buf_fini(&b);
}

static void
do_admit(struct slot *s)
{
	struct buf b = BUF_INIT;

	put_place(&b);
	field_str(&b, FIELD_SUB, input_below(&in, 2) == 0 ? "u0" : "u1");
	send_frame(s, &(struct frame){ .kind = FRAME_ADMIT, .body = b.at, .len = b.len });
	buf_fini(&b);
}

static const char *const texts[] = {
	"{\"event\":\"ping\",\"id\":1}",
	"{\"event\":\"leave\"}",
	"{\"event\":\"set_lobby\",\"payload\":{\"enabled\":true},\"id\":1}",
	"{\"event\":\"accept_waiting\",\"payload\":{\"clientId\":\"u1\"},\"id\":1}",
	"{\"event\":\"accept_waiting\",\"payload\":{\"clientId\":\"u2\"}}",
	"{\"event\":\"add_chat\",\"payload\":{\"chatContent\":\"x\",\"chatId\":\"a\"},\"id\":\"n\"}",
	"{\"event\":\"edit_chat\",\"payload\":{\"chatContent\":\"y\",\"chatId\":\"a\"},\"id\":\"n\"}",
	"{\"event\":\"delete_chat\",\"payload\":{\"chatId\":\"a\"},\"id\":\"n\"}",
	"{\"event\":\"offer\",\"payload\":{\"targetClientId\":\"u1\",\"sdp\":1}}",
	"{\"event\":\"message\",\"payload\":{\"data\":[null]},\"id\":2}",
	"{\"event\":\"kick\",\"payload\":{\"clientId\":\"u1\"},\"id\":2}",
	"{\"event\":\"ban\",\"payload\":{\"clientId\":\"u2\",\"seconds\":2},\"id\":2}",
	"{\"event\":\"toggle_screenshare\",\"payload\":{\"enabled\":true},\"id\":2}",
	"{\"event\":\"raise_hand\",\"payload\":{}}",
	"{\"event\":\"set_role\",\"payload\":{\"clientId\":\"u1\",\"role\":\"host\"},\"id\":2}",
	"{\"event\":\"close_room\",\"id\":2}",
	"{\"event\":\"recents_chat\",\"payload\":{},\"id\":2}",
};

enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };

static void
do_event(struct slot *s)
{
	struct frame f = { .kind = FRAME_EVENT, .session = some_session(s), .seq = ++s->number,
		.after = input_below(&in, 4) };
	unsigned which = input_below(&in, TEXTS + 4);
	struct input own = { NULL, 0 };
	char refresh[2048];

	if (which < TEXTS) {
		f.body = texts[which];
		f.len = strlen(texts[which]);
	} else if (which == TEXTS) {
		f.len = (size_t)snprintf(refresh, sizeof(refresh), "{\"event\":\"refresh_token\","
		    "\"payload\":{\"token\":\"%s\"},\"id\":9}", tokens[input_below(&in, TOKENS)]);
		f.body = refresh;
	} else {
		own = input_take(&in, input_byte(&in));
		f.body = own.at;
		f.len = own.left;
	}
	if (input_below(&in, 8) == 0)
		s->number--; /* the same number again */
	send_frame(s, &f);
}

static void
do_poll(struct slot *s)
{
	send_frame(s, &(struct frame){ .kind = FRAME_POLL, .session = some_session(s),
		.who = input_below(&in, 8) == 0 ? input_byte(&in) : s->received });
}

static void
do_replay(struct slot *s)
{
	send_frame(s, &(struct frame){ .kind = FRAME_REPLAY, .session = some_session(s),
		.seq = input_byte(&in) });
}

static void
do_end(struct slot *s)
{
	static const char *const words[] = { "slow_consumer", "timeout", "kicked" };
	struct buf b = BUF_INIT;

	field_str(&b, FIELD_WORD, words[input_below(&in, 3)]);
	send_frame(s, &(struct frame){ .kind = FRAME_END, .session = some_session(s),
		.body = b.at, .len = b.len });
	buf_fini(&b);
}

/* With anybody's ticket, and maybe not quite. */
static void
do_rejoin(struct slot *s)
{
	uint8_t ticket[TICKET_SIZE];
	struct buf b = BUF_INIT;

	memcpy(ticket, slots[input_below(&in, SLOTS)].ticket, TICKET_SIZE);
	if (input_below(&in, 4) == 0)
		ticket[input_below(&in, TICKET_SIZE)] ^= input_byte(&in);
	field_put(&b, FIELD_TICKET, (const char *)ticket, TICKET_SIZE);
	send_frame(s, &(struct frame){ .kind = FRAME_REJOIN, .who = s->received, .body = b.at,
		.len = b.len });
	buf_fini(&b);
}

static void
do_bytes(struct slot *s)
{
	struct input bytes = input_take(&in, input_byte(&in));

	send(BUS_CONTROL, s->pipe, bytes.at, bytes.left);
}

static void
do_command(struct slot *s)
{
	static const char *const commands[] = { "rooms", "help", "status", "drain", "undrain", "" };
	const char *command = commands[input_below(&in, 6)];
	struct frame f = { .kind = FRAME_CTL, .body = command, .len = strlen(command) };
	struct buf b = BUF_INIT;

	if (*command == '\0') {
		struct input own = input_take(&in, input_byte(&in));

		f.body = own.at;
		f.len = own.left;
		if (own.left == 1) /* or what else is asked there */
			f.kind = own.at[0];
	}
	frame_put(&b, &f);
	send(BUS_OPERATOR, s->pipe, b.at, b.len);
	buf_fini(&b);
}

/* What operators do, with words that are right more often than not. */
static void
do_operate(struct slot *s)
{
	static const char *const names[] = { "kick", "ban", "unban", "say", "close", "accept", "deny",
		"room", "who", "lobby", "bans" };
	static const char *const rooms[] = { "zoom/r1", "zoom/r2", "chat/r1", "*", "zoom/a b" };
	static const char *const subs[] = { "u0", "u1", "u2", "", "\xf0\x9f\x98\x80\"\\" };
	const char *words[6] = { names[input_below(&in, 11)], rooms[input_below(&in, 5)],
		subs[input_below(&in, 5)], "2", "words" };
	struct buf b = BUF_INIT;
	size_t begin;

	words[1 + input_below(&in, 5)] = NULL;
	begin = frame_begin(&b, &(struct frame){ .kind = FRAME_CTL });
	argv_put(&b, words);
	frame_end(&b, begin);
	send(BUS_OPERATOR, s->pipe, b.at, b.len);
	buf_fini(&b);
}

static void
do_subscribe(struct slot *s)
{
	event(&(struct bus_event){ .kind = BUS_SUBSCRIBED, .topic = 1 + input_below(&in, 4),
		.pipe = 1000000 + ++pipes_made, .pid = (pid_t)(1000 + (s - slots)),
		.uid = input_below(&in, 4) == 0 ? 12345 : geteuid() });
}

static void
do_wait(struct slot *s)
{
	int64_t n = input_byte(&in);

	(void)s;
	now += n * n * n / 64; /* 0 to 4 min */
}

static void
do_restart(struct slot *s)
{
	(void)s;
	restart = true;
}

static void (*const deeds[])(struct slot *) = { do_join, do_join, do_event, do_event, do_event,
	do_event, do_poll, do_poll, do_replay, do_rejoin, do_subscribe, do_wait, do_wait, do_end,
	do_bytes, do_command, do_admit, go, do_restart, do_operate };

enum { DEEDS = sizeof(deeds) / sizeof(deeds[0]) };

/* ---- the bus, as the broker sees it ---- */

/* The next round's worth of the input. At its end everybody goes. */
size_t
bus_events(struct bus *b, const struct bus_event **list)
{
	(void)b;
	event_count = 0;
	for (int i = 0; i < ROUND_MAX && in.left > 0 && !restart; i++) {
		unsigned what = input_byte(&in);
		struct slot *s = &slots[what / 32 % SLOTS];

		if (what % 32 >= DEEDS)
			break;
		if (s->pipe == 0)
			s->pipe = ++pipes_made;
		deeds[what % 32](s);
	}
	if (in.left == 0 || restart)
		broker->over = true; /* it still does this round, and one more */
	*list = events;
	return event_count;
}

struct bus_request *
bus_take(struct bus *b, enum bus_door door)
{
	(void)b;
	if (doors[door].taken < doors[door].count)
		return doors[door].first[doors[door].taken++];
	doors[door].taken = doors[door].count = 0;
	return NULL;
}

uint32_t
bus_pipe(const struct bus_request *r)
{
	return r->pipe;
}

const void *
bus_body(const struct bus_request *r, size_t *len)
{
	*len = r->len;
	return r->body;
}

void
bus_wipe(struct bus_request *r)
{
	explicit_bzero(r->body, r->len);
}

void
bus_drop(struct bus_request *r)
{
	requests--;
	free(r);
}

void
bus_cut(uint32_t pipe)
{
	struct slot *s = slot_of(pipe);

	if (s != NULL && pipe != 0)
		s->pipe = 0;
}

pid_t
bus_peer(uint32_t pipe)
{
	const struct slot *s = slot_of(pipe);

	return s != NULL ? (pid_t)(1000 + (s - slots)) : -1;
}

uid_t
bus_user(uint32_t pipe)
{
	return slot_of(pipe) != NULL ? 1000 : (uid_t)-1;
}

struct bus *
bus_open(const char *folder, uid_t peer, const gid_t *operators, int queue, char *why,
    size_t size)
{
	(void)folder, (void)peer, (void)operators, (void)queue, (void)why, (void)size;
	return (struct bus *)&doors;
}

void
bus_close(struct bus *b)
{
	for (enum bus_door d = 0; d < BUS_DOORS; d++)
		for (struct bus_request *r; (r = bus_take(b, d)) != NULL;)
			bus_drop(r);
	must(requests == 0); /* each was answered or dropped, once */
}

void
bus_fds(const struct bus *b, struct pollfd fds[BUS_FDS])
{
	(void)b;
	for (int i = 0; i < BUS_FDS; i++)
		fds[i] = (struct pollfd){ .fd = readable, .events = POLLIN };
}

unsigned
bus_unaccepted(void)
{
	return 0;
}

int64_t
bus_arrival(void)
{
	return 0;
}

struct bus_topic *
bus_topic_open(struct bus *b, uint64_t id, char *why, size_t size)
{
	struct bus_topic *t = calloc(1, sizeof(*t));

	(void)b, (void)why, (void)size;
	t->id = id;
	snprintf(t->path, sizeof(t->path), "/bus/%llu", (unsigned long long)id);
	return t;
}

const char *
bus_topic_path(const struct bus_topic *t)
{
	return t->path;
}

const char *
bus_topic_name(const struct bus_topic *t)
{
	return t->path + strlen("/bus/");
}

void
bus_topic_close(struct bus_topic *t)
{
	free(t);
}

/* ---- lives ---- */

static void
make_tokens(void)
{
	static const char secret[] = "thirty-two bytes are just enough";
	static const struct forge_signer signer = { "SHA256", secret, 32, NULL, 0 };
	static const char *const claims[TOKENS] = { "\"sub\":\"u0\",\"exp\":1700086400",
		"\"sub\":\"u1\",\"exp\":1700086400", "\"sub\":\"u2\",\"exp\":1700086400",
		"\"sub\":\"u1\",\"exp\":1700086400,\"role\":\"host\"",
		"\"sub\":\"u2\",\"exp\":1700000070,\"room\":\"r1\"",
		"\"sub\":\"\\ud83d\\ude00\\\"\\\\\",\"exp\":1700086400" };
	char text[256];

	forge_file(keys_folder, "hs.HS256.secret", secret, 32);
	for (int i = 0; i < TOKENS; i++) {
		snprintf(text, sizeof(text), "{%s}", claims[i]);
		tokens[i] = forge_token(&signer, "{\"alg\":\"HS256\",\"kid\":\"hs\"}", text);
	}
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	uint8_t key[TICKET_KEY];
	char path[64], why[160];

	(void)argc, (void)argv;
	fuzz_make_folder();
	snprintf(data_folder, sizeof(data_folder), "%s/data", fuzz_folder);
	snprintf(keys_folder, sizeof(keys_folder), "%s/keys", fuzz_folder);
	must(mkdir(keys_folder, 0700) == 0);
	readable = eventfd(1, EFD_NONBLOCK);
	snprintf(path, sizeof(path), "%s/ticket.key", fuzz_folder);
	must(ticket_key(path, key, why, sizeof(why)) == 0);
	make_tokens();
	return 0;
}

static void
live_once(void)
{
	const struct broker_conf conf = { .folder = fuzz_folder, .data = data_folder,
		.keys = keys_folder, .jwks_url = "", .origins = "", .port = 8080, .policy = { "", "", 0, "" },
		.peer = (uid_t)-1, .silence = 60000, .drain_time = 10000 };
	char why[512];

	restart = false;
	broker = broker_open(&conf, why, sizeof(why));
	must(broker != NULL);
	broker_run(broker, -1);
	for (int i = 0; i < SLOTS; i++)
		slots[i].pipe = 0; /* with the broker go its pipes */
	broker_close(broker);
}

static void
forget_life(void)
{
	static const char *const files[] = { "ledger", "draining", "data/beckon.db",
		"data/beckon.db-wal", "data/beckon.db-shm", "starts" };
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", fuzz_folder, files[i]);
		unlink(path);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	in = (struct input){ at, len };
	now = START_S * INT64_C(1000);
	dice = pipes_made = 0;
	memset(slots, 0, sizeof(slots));
	for (int lives = 0; lives < 4 && (lives == 0 || restart); lives++)
		live_once();
	forget_life();
	return 0;
}
