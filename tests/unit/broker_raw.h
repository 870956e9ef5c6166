/* broker_raw – a handler that speaks to the broker without libnng, and may come back by its ticket.
 *
 * Its connection is a socket of its own, which can be closed, kept, or shown to another broker. */
#ifndef BROKER_RAW_H
#define BROKER_RAW_H

#include "broker_client.h"

static inline const char *
door(void)
{
	static _Thread_local char path[128];

	snprintf(path, sizeof path, "%s/" PLACE_BROKER, run_folder);
	return path;
}

/* The reply to one message, over a socket without libnng. */
static inline struct buf *
raw_reply(int fd)
{
	static struct buf reply;
	uint8_t head[13];
	size_t len = 0;

	assert_int_equal(sizeof head, recv(fd, head, sizeof head, MSG_WAITALL));
	for (int i = 1; i <= 8; i++)
		len = len << 8 | head[i];
	assert_in_range(len, 4, BUS_MESSAGE_MAX);
	buf_reset(&reply);
	assert_true(buf_reserve(&reply, len - 4));
	if (len > 4)
		assert_int_equal(len - 4, recv(fd, reply.at, len - 4, MSG_WAITALL));
	reply.len = len - 4;
	return &reply;
}

static inline struct buf *
raw_ask(int fd, struct buf *message)
{
	put_raw(fd, message);
	buf_fini(message);
	return raw_reply(fd);
}

static inline struct buf *
raw_frame(int fd, struct frame f)
{
	struct buf b = BUF_INIT;

	frame_put(&b, &f);
	return raw_ask(fd, &b);
}

/* Of the answer to a join or a rejoin. */
static inline void
take_ticket(char ticket[TICKET_SIZE], struct frame welcome)
{
	struct fields f;

	assert_int_equal(FRAME_WELCOME, welcome.kind);
	assert_int_equal(0, fields_read(&f, welcome.body, welcome.len));
	assert_int_equal(TICKET_SIZE, f.value[FIELD_TICKET].len);
	memcpy(ticket, f.value[FIELD_TICKET].at, TICKET_SIZE);
}

static inline struct buf *
rejoin(int fd, const char *ticket, size_t len)
{
	struct buf b = BUF_INIT;
	size_t begin = frame_begin(&b, &(struct frame){ .kind = FRAME_REJOIN });

	field_put(&b, FIELD_TICKET, ticket, len);
	frame_end(&b, begin);
	return raw_ask(fd, &b);
}

#endif
