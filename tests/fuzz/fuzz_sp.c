/* A peer's bytes on a bus socket, in whatever pieces. What comes out is held against a second
 * reading of the same bytes, which has them all at once. */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "sp.h"

enum { MESSAGE_BYTES_MAX = 2000 };

/* The next message of all that was sent: 1, 0 not whole, -1 not SP. */
static int
expect_next(struct input *all, enum sp_protocol protocol, struct input *body, uint32_t *id)
{
	struct input head = *all;
	uint64_t n = 0;

	if (head.left < SP_HEAD)
		return 0;
	if (input_byte(&head) != 1)
		return -1;
	for (int i = 0; i < 8; i++)
		n = n << 8 | input_byte(&head);
	if (n > MESSAGE_BYTES_MAX)
		return -1;
	if (n > head.left)
		return 0;
	*body = input_take(&head, n);
	*all = head;
	*id = 0;
	if (protocol != SP_REQ)
		return 1;
	if (body->left < SP_ID || (body->at[0] & 0x80) == 0)
		return -1;
	for (int i = 0; i < SP_ID; i++)
		*id = *id << 8 | input_byte(body);
	*id &= 0x7fffffff;
	return 1;
}

static bool
greeting_is_right(struct input *all, enum sp_protocol protocol)
{
	const uint8_t right[SP_GREETING] = { 0, 'S', 'P', 0, 0,
		protocol == SP_REQ ? SP_REP : SP_PUB, 0, 0 };
	struct input came = input_take(all, SP_GREETING);

	return came.left == SP_GREETING && memcmp(came.at, right, SP_GREETING) == 0;
}

/* Everything that can be taken now. -1: the peer is broken, and must be. */
static int
take_all(struct sp *s, struct input *all)
{
	struct input right;
	const uint8_t *body;
	uint32_t id, right_id;
	size_t len;
	int rc;

	while ((rc = sp_next(s, &id, &body, &len)) > 0) {
		must(expect_next(all, s->protocol, &right, &right_id) == 1);
		must(id == right_id && len == right.left && memcmp(body, right.at, len) == 0);
	}
	if (rc < 0)
		must(expect_next(all, s->protocol, &right, &right_id) == -1);
	return rc;
}

/* Sends in pieces, reading after each. Returns whether all was taken. */
static bool
talk(struct sp *s, int peer, struct input sent, size_t step, struct input *all)
{
	while (sent.left > 0) {
		struct input piece = input_take(&sent, step);

		must(write(peer, piece.at, piece.left) == (ssize_t)piece.left);
		if (sp_read(s) < 0 || take_all(s, all) < 0)
			return false;
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct input in = { at, len };
	uint8_t how = input_byte(&in);
	size_t step = 1 + (size_t)input_byte(&in) * 16;
	struct input all = in, body;
	uint32_t id = 0;
	bool greeted, whole;
	int ends[2];
	struct sp s;

	sp_init(&s, how & 1 ? SP_REQ : SP_SUB, MESSAGE_BYTES_MAX);
	s.wipe = how & 2;
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
	s.fd = ends[0];
	greeted = greeting_is_right(&all, s.protocol);
	whole = talk(&s, ends[1], in, step, &all);
	if (!greeted)
		must(!s.greeted);
	else if (whole)
		must(expect_next(&all, s.protocol, &body, &id) == 0);
	if (whole && s.protocol == SP_REQ && how & 4)
		must(sp_send(&s, id & 0x7fffffff, in.at, in.left) == 0 && sp_write(&s) == 0);
	close(ends[1]);
	if (whole) {
		must(sp_read(&s) < 0 && errno == ECONNRESET);
		must(sp_next(&s, &id, &body.at, &body.left) == 0);
	}
	sp_close(&s);
	return 0;
}
