/* live – a command that goes on until it is told to stop: its signals, and what it waits for.
 *
 * INT, TERM and HUP end it, and so does that nobody reads its output any more. A terminal's
 * signals come as events, so that it is left as it was found. Private to beckonctl; implemented in
 * live.c. */
#ifndef BECKON_LIVE_H
#define BECKON_LIVE_H

#include <stdbool.h>
#include <stdint.h>

enum live_event {
	LIVE_TIME,   /* nothing happened meanwhile */
	LIVE_READY,  /* the descriptor is readable, or over */
	LIVE_KEY,    /* the terminal is: a key */
	LIVE_SIZE,   /* the terminal has another size */
	LIVE_PAUSE,  /* TSTP: give the terminal back, then live_pause */
	LIVE_END,
};

struct live {
	int signals; /* signalfd(2) */
};

/* Returns 0, or -1 with errno. */
int live_open(struct live *l);

/* At most until `until` (ms, of now_ms). fd and keys: -1 where there is none. */
enum live_event live_wait(const struct live *l, int fd, int keys, int64_t until);

/* Stops this process, as TSTP would have; returns when it goes on. */
void live_pause(void);

/* Is what was printed on its way? false: nobody reads it any more, and it is forgotten. */
bool live_flush(void);

#endif
