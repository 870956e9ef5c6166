/* ask – one question to the broker, and its answer, within a time.
 *
 * For programs of one thread that have nothing else to do meanwhile: the authorizer's workers. It
 * keeps its connection, and opens another one where the broker was restarted in between. It
 * refuses to know what is asked (admit.h does). Spoken over sp.h; implemented in ask.c. */
#ifndef BECKON_ASK_H
#define BECKON_ASK_H

#include <stddef.h>
#include <stdint.h>

#include "sp.h"

struct ask {
	struct sp sp;
	const char *path; /* of the broker's socket; borrowed */
	uint32_t id;	  /* of the last question */
};

/* Opens nothing yet: the broker need not be there. */
void ask_init(struct ask *a, const char *path);
void ask_fini(struct ask *a);

/* Sends one message and blocks until its reply is there, at most `patience` ms. Returns 0 with the
 * reply borrowed until the next call; or -1 with errno: ETIMEDOUT, or what connecting, reading or
 * writing said. A question may reach the broker twice, when a kept connection turns out broken:
 * ask only what may be asked again. */
int ask_question(struct ask *a, const void *question, size_t n, int patience,
    const uint8_t **answer, size_t *len);

#endif
