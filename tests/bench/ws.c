/* ws – see ws.h. */
#include "ws.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	FIN = 0x80, OPCODE = 0x0f, MASKED = 0x80, /* RFC 6455 §5.2 */
	CONTINUATION = 0, TEXT = 1, CLOSE = 8, PING = 9, PONG = 10,
	READ_SIZE = 65536,
};

int
ws_open(struct ws *w, int port, const char *target)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;

	*w = (struct ws){ .stage = WS_UPGRADING };
	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (w->fd < 0)
		return -1;
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(w->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
		return -1;
	buf_fmt(&w->out, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", target, port);
	return 0;
}

void
ws_close(struct ws *w)
{
	if (w->fd >= 0)
		close(w->fd);
	buf_fini(&w->in);
	buf_fini(&w->out);
	buf_fini(&w->message);
	w->fd = -1;
	w->stage = WS_CLOSED;
}

static void
put_frame(struct ws *w, int opcode, const char *bytes, size_t len)
{
	uint8_t head[14] = { (uint8_t)(FIN | opcode) };
	size_t n = 2;

	if (len < 126) {
		head[1] = (uint8_t)(MASKED | len);
	} else if (len < 65536) {
		head[1] = MASKED | 126;
		head[n++] = (uint8_t)(len >> 8);
		head[n++] = (uint8_t)len;
	} else {
		head[1] = MASKED | 127;
		for (int i = 7; i >= 0; i--)
			head[n++] = (uint8_t)((uint64_t)len >> 8 * i);
	}
	buf_add(&w->out, head, n + 4); /* the mask: zeros */
	buf_add(&w->out, bytes, len);
}

void
ws_say(struct ws *w, const char *text, size_t len)
{
	put_frame(w, TEXT, text, len);
}

size_t
ws_waiting(const struct ws *w)
{
	return w->out.len - w->sent;
}

int
ws_flush(struct ws *w)
{
	while (ws_waiting(w) > 0) {
		ssize_t n = send(w->fd, w->out.at + w->sent, ws_waiting(w), MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == ENOTCONN ? 0 : -1;
		w->sent += (size_t)n;
	}
	buf_reset(&w->out);
	w->sent = 0;
	return 0;
}

/* 1 the upgrade is done, 0 not yet, -1 refused. */
static int
read_upgrade(struct ws *w)
{
	const char *end = memmem(w->in.at, w->in.len, "\r\n\r\n", 4);

	if (!end)
		return 0;
	w->status = w->in.len > 12 ? atoi(w->in.at + 9) : 0;
	if (w->status != 101)
		return -1;
	w->taken = (size_t)(end - w->in.at) + 4;
	w->stage = WS_OPEN;
	return 1;
}

int
ws_serve(struct ws *w)
{
	for (;;) {
		char *to;
		ssize_t n;

		if (w->taken > 0) { /* what was handed out is done with */
			memmove(w->in.at, w->in.at + w->taken, w->in.len - w->taken);
			w->in.len -= w->taken;
			w->taken = 0;
		}
		if (!(to = buf_reserve(&w->in, READ_SIZE)))
			return -1;
		n = recv(w->fd, to, READ_SIZE, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return -1;
		if (n > 0)
			w->in.len += (size_t)n;
		if (w->stage == WS_UPGRADING && read_upgrade(w) < 0)
			return -1;
		if (n < READ_SIZE)
			return 0;
	}
}

/* A whole frame, or false. */
static bool
next_frame(struct ws *w, int *head, const char **body, size_t *len)
{
	const uint8_t *at = (const uint8_t *)w->in.at + w->taken;
	size_t have = w->in.len - w->taken, n = 2, more;

	if (have < 2)
		return false;
	more = at[1] == 126 ? 2 : at[1] == 127 ? 8 : 0;
	if (have < n + more)
		return false;
	*len = more ? 0 : at[1];
	for (size_t i = 0; i < more; i++)
		*len = *len << 8 | at[n++];
	if (have - n < *len)
		return false;
	*head = at[0];
	*body = (const char *)at + n;
	w->taken += n + *len;
	return true;
}

bool
ws_next(struct ws *w, const char **text, size_t *len)
{
	int head;

	while (w->stage == WS_OPEN && next_frame(w, &head, text, len)) {
		int opcode = head & OPCODE;

		if (opcode == PING)
			put_frame(w, PONG, *text, *len);
		if (opcode > TEXT)
			continue;
		if (head & FIN && opcode == TEXT)
			return true;
		if (opcode == TEXT)
			buf_reset(&w->message);
		buf_add(&w->message, *text, *len);
		if (head & FIN) {
			*text = w->message.at;
			*len = w->message.len;
			return true;
		}
	}
	return false;
}
