/* mail – a session's mailbox: what only this one is told, kept until it says it has it.
 *
 * A handler always keeps one POLL outstanding, which waits here for mail; the next POLL names the
 * last mail received and so acknowledges it. A reply that got lost is thereby sent again. It
 * refuses to know what mail says, and who sends it off. Pure; implemented in broker/mail.c. */
#ifndef BECKON_MAIL_H
#define BECKON_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "frame.h"

struct mail {
	struct buf frames; /* not acknowledged, oldest first; memory is given back when empty */
	uint64_t last;	   /* number of the newest mail ever put; 0 before the first */
	uint64_t sent;	   /* the newest that was sent off */
	unsigned again;	   /* polls in a row that had none of what was sent off before them */
	void *poll;	   /* the request that waits for mail; NULL: none. The caller's */
};

void mail_init(struct mail *m);

/* Frees the mail. The poll has been taken before. */
void mail_fini(struct mail *m);

/* Numbers the frame (its `who` is set) and keeps it. -1, nothing kept: more than MAIL_MAX bytes
 * would wait, or there is no memory for them; the session is too slow for its mail. */
int mail_put(struct mail *m, const struct frame *f);

/* Throws away what was not fetched: something final comes instead. */
void mail_clear(struct mail *m);

/* A POLL that has received everything up to `received` (a number beyond the last counts as the
 * last). Returns the poll held so far, to be answered with nothing, or NULL. */
void *mail_poll(struct mail *m, void *poll, uint64_t received);

/* Everything up to `received` has arrived. */
void mail_fetched(struct mail *m, uint64_t received);

/* The poll if it can be answered now, or NULL. It is the caller's again, and gets the first *len
 * bytes of m->frames: whole ones, hardly more than REPLAY_MAX. */
void *mail_take_poll(struct mail *m, size_t *len);

#endif
