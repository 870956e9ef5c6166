/* kick – an operator's TERM, which removes the client from its room.
 *
 * Whoever ends the whole gateway sends one, too. Then there is no client any more as soon as the
 * gateway has got its own: so a kick waits a moment, and is none where the input has ended.
 * Implemented in handler/kick.c; times are ms, monotonic. Does not block. */
#ifndef HANDLER_KICK_H
#define HANDLER_KICK_H

#include <stdint.h>

struct kick {
	int64_t at; /* 0: none */
};

enum kick_due { KICK_NOTHING, KICK_NOW, KICK_GONE /* there is nobody to be kicked */ };

/* The signal has come. */
void kick_take(struct kick *k, int64_t now);

/* What is to be done; told once. in: where the client is heard, read so far or not. */
enum kick_due kick_check(struct kick *k, int in, int64_t now);

/* In how many ms kick_check will have something to tell, or -1. */
int64_t kick_wait(const struct kick *k, int64_t now);

#endif
