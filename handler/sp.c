/* sp – see include/sp.h. */
#include "sp.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	MESSAGE = 1,	      /* the only type of message on an ipc transport */
	ID_FLAG = 0x80,	      /* of an id's first byte: the last of the ids in front of a body */
	ID_MASK = 0x7fffffff, /* what is the caller's of an id */
	READ_MIN = 4096,      /* bytes; small messages come several at once */
	READ_MAX = 65536,     /* bytes read before the caller looks at them */
};

static const uint8_t peer_of[] = {
	[SP_PUB] = SP_SUB, [SP_SUB] = SP_PUB, [SP_REQ] = SP_REP, [SP_REP] = SP_REQ
};

static void
put_be(uint8_t *to, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

static uint64_t
get_be(const uint8_t *from, int bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < bytes; i++)
		value = value << 8 | from[i];
	return value;
}

void
sp_init(struct sp *s, enum sp_protocol protocol, size_t message_max)
{
	*s = (struct sp){ .fd = -1, .protocol = protocol, .message_max = message_max };
}

/* Names the unix socket; -1 where the path is too long for one. */
static int
address_of(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof address->sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address->sun_path, path);
	return 0;
}

static int
queue_greeting(struct sp *s)
{
	uint8_t greeting[SP_GREETING] = { 0, 'S', 'P', 0, 0, (uint8_t)s->protocol, 0, 0 };

	buf_add(&s->out, greeting, sizeof greeting);
	if (!buf_failed(&s->out))
		return 0;
	errno = ENOMEM;
	return -1;
}

int
sp_open(struct sp *s, const char *path)
{
	struct sockaddr_un address;

	assert(s->fd < 0);
	if (address_of(path, &address) < 0)
		return -1;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -1;
	if (connect(s->fd, (struct sockaddr *)&address, sizeof address) == 0 &&
	    queue_greeting(s) == 0)
		return 0;
	int error = errno;
	sp_close(s);
	errno = error;
	return -1;
}

static void
release(struct buf *b, bool wipe)
{
	if (wipe && b->at != NULL)
		explicit_bzero(b->at, b->cap);
	buf_fini(b);
}

void
sp_close(struct sp *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	release(&s->in, s->wipe);
	release(&s->out, s->wipe);
	s->greeted = false;
	s->taken = 0;
}

short
sp_events(const struct sp *s)
{
	return s->out.len > 0 ? POLLIN | POLLOUT : POLLIN;
}

static int
broken(int error)
{
	errno = error;
	return -1;
}

/* Nothing is left in it. What a usual message needs stays for the next one, until sp_rest. */
static void
empty(struct buf *b)
{
	if (b->cap > READ_MIN)
		buf_fini(b);
	else
		buf_reset(b);
}

/* Forgets what sp_next has handed out. */
static void
forget_taken(struct sp *s)
{
	if (s->taken == s->in.len)
		empty(&s->in);
	else if (s->taken > 0)
		buf_drop(&s->in, s->taken);
	s->taken = 0;
}

static size_t
message_length(const uint8_t *head)
{
	return (size_t)get_be(head + 1, 8);
}

/* How much to read next: a message under way to its end, so that it is copied once; else what a
 * few small ones need. The peer is judged when its bytes are taken, not here. */
static size_t
bytes_wanted(const struct sp *s)
{
	const uint8_t *head = (const uint8_t *)s->in.at;

	if (!s->greeted || s->in.len < SP_HEAD || message_length(head) > s->message_max)
		return READ_MIN;
	size_t whole = SP_HEAD + message_length(head);
	size_t left = whole > s->in.len ? whole - s->in.len : 0;
	return left < READ_MIN ? READ_MIN : left;
}

/* 1 something came, 0 nothing is there, -1 over. */
static int
read_some(struct sp *s, size_t wanted)
{
	char *to = buf_reserve(&s->in, wanted);

	if (to == NULL)
		return broken(ENOMEM);
	ssize_t n = read(s->fd, to, wanted);
	if (n > 0) {
		s->in.len += (size_t)n;
		return 1;
	}
	if (n == 0)
		return broken(ECONNRESET);
	return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

static int
take_greeting(struct sp *s)
{
	const uint8_t expected[SP_GREETING] = { 0, 'S', 'P', 0, 0, peer_of[s->protocol], 0, 0 };

	if (s->greeted || s->in.len < SP_GREETING)
		return 0;
	if (memcmp(s->in.at, expected, SP_GREETING) != 0)
		return broken(EPROTO);
	s->greeted = true;
	s->taken = SP_GREETING;
	return 0;
}

int
sp_read(struct sp *s)
{
	size_t got = 0, before;
	int rc;

	forget_taken(s);
	do {
		size_t wanted = bytes_wanted(s);

		before = s->in.len;
		rc = read_some(s, wanted);
		got += s->in.len - before;
		/* A short read emptied the socket: asking again would only say so. */
		if (rc <= 0 || s->in.len - before < wanted)
			break;
	} while (got < READ_MAX);
	if (s->in.len == 0)
		empty(&s->in);
	/* What came before the end is handed out first; the next read says -1 again. */
	if (rc < 0 && got == 0)
		return -1;
	return take_greeting(s);
}

int
sp_write(struct sp *s)
{
	while (s->out.len > 0) {
		ssize_t n = send(s->fd, s->out.at, s->out.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		buf_drop(&s->out, (size_t)n);
	}
	release(&s->out, s->wipe);
	return 0;
}

void
sp_rest(struct sp *s)
{
	forget_taken(s);
	if (s->in.len == 0)
		buf_fini(&s->in);
}

void
sp_drop(struct sp *s)
{
	release(&s->out, s->wipe);
}

int
sp_next(struct sp *s, uint32_t *id, const uint8_t **body, size_t *len)
{
	const size_t prefix = s->protocol == SP_REQ ? SP_ID : 0;

	if (s->taken == s->in.len)
		forget_taken(s);
	size_t there = s->in.len - s->taken;
	if (!s->greeted || there < SP_HEAD)
		return 0;
	const uint8_t *at = (const uint8_t *)s->in.at + s->taken;
	if (at[0] != MESSAGE)
		return broken(EPROTO);
	size_t whole = message_length(at);
	if (whole > s->message_max)
		return broken(EMSGSIZE);
	if (there - SP_HEAD < whole)
		return 0;
	at += SP_HEAD;
	if (whole < prefix || (prefix > 0 && (at[0] & ID_FLAG) == 0))
		return broken(EPROTO);
	*id = prefix > 0 ? (uint32_t)get_be(at, SP_ID) & ID_MASK : 0;
	*body = at + prefix;
	*len = whole - prefix;
	s->taken += SP_HEAD + whole;
	return 1;
}

int
sp_send(struct sp *s, uint32_t id, const void *body, size_t len)
{
	uint8_t head[SP_HEAD + SP_ID] = { MESSAGE };
	char *to = buf_reserve(&s->out, sizeof head + len);

	assert(s->protocol == SP_REQ);
	if (to == NULL)
		return -1;
	put_be(head + 1, SP_ID + len, 8);
	put_be(head + SP_HEAD, id, SP_ID);
	head[SP_HEAD] |= ID_FLAG;
	memcpy(to, head, sizeof head);
	if (len > 0)
		memcpy(to + sizeof head, body, len);
	s->out.len += sizeof head + len;
	return 0;
}
