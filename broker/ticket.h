/* ticket – what a handler shows to join a restarted broker: it has no token any more.
 *
 * The broker's own word that this session is that person in that room, with a MAC (HMAC-SHA-256).
 * A session has a random name, so that a ticket never fits another one that later got the same
 * number. What somebody may do is not in it: the broker knows that better by then. It refuses to
 * know which sessions there are. Implemented in broker/ticket.c, with OpenSSL. */
#ifndef BECKON_TICKET_H
#define BECKON_TICKET_H

#include <stddef.h>
#include <stdint.h>

#include "bounds.h"

enum { TICKET_KEY = 32, TICKET_NAME = 16, TICKET_MAC = 32 };

/* The ticket itself, as it travels. */
enum { TICKET_SIZE = TICKET_NAME + 8 + 8 + TICKET_MAC };

struct ticket {
	uint8_t name[TICKET_NAME]; /* random, of the session */
	uint64_t session;
	int64_t expires; /* ms since 1970, of the token it stands for */
	/* Under the MAC, but not in the ticket: whoever checks it says whose it must be. */
	const char *room; /* "endpoint/room" */
	const char *sub;
};

/* Reads the key from the file at path, or makes one there (mode 0600). 0, or -1 with one line in
 * why. */
int ticket_key(const char *path, uint8_t key[TICKET_KEY], char *why, size_t size);

void ticket_write(const struct ticket *t, const uint8_t key[TICKET_KEY], uint8_t to[TICKET_SIZE]);

/* Fills name, session and expires, without judging. -1: not of a ticket's size. */
int ticket_read(struct ticket *t, const void *bytes, size_t len);

/* Is it, byte for byte, the one written for this session, room and sub? Takes the same time for any
 * that is not. */
int ticket_check(const struct ticket *t, const uint8_t key[TICKET_KEY], const void *bytes,
    size_t len);

#endif
