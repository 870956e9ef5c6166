/* pulse – is the client still there?
 *
 * The gateway has no protocol pings, so there are events: a client that has been silent for a while
 * is sent a `ping`. One that has ever answered (or pinged by itself) and then falls silent is gone;
 * one that never did may be silent as long as it likes (protocol §6). Implemented in
 * handler/pulse.c. Pure; times are ms, monotonic. */
#ifndef HANDLER_PULSE_H
#define HANDLER_PULSE_H

#include <stdbool.h>
#include <stdint.h>

struct pulse {
	int64_t ping_after, gone_after; /* ms of silence */
	int64_t heard;
	int64_t pinged; /* when last; never before `heard` */
	bool answers;
};

enum pulse_due { PULSE_NOTHING, PULSE_PING, PULSE_GONE };

void pulse_init(struct pulse *p, int64_t ping_after, int64_t gone_after, int64_t now);

/* Something came from the client. */
void pulse_hear(struct pulse *p, int64_t now);

/* It knows `ping` or `pong`. */
void pulse_answers(struct pulse *p);

/* What is to be done; PULSE_PING is told once each time it is due. */
enum pulse_due pulse_check(struct pulse *p, int64_t now);

/* In how many ms pulse_check will have something to tell. */
int64_t pulse_wait(const struct pulse *p, int64_t now);

#endif
