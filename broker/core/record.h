/* record – what is remembered of a sub in a room, whether or not either is still there.
 *
 * A ban, a denial, a host's and a guest's right to return, and the chat allowance must all survive
 * a reconnect, and a room that is empty for a while. All are times (ms), so a record is over when
 * the last of them is past. Part of the room core; implemented in record.c. */
#ifndef BECKON_RECORD_H
#define BECKON_RECORD_H

#include <stdint.h>

#include <uthash.h>

#include "bounds.h"
#include "change.h"
#include "timer.h"

enum { RECORD_KEY_MAX = ROOM_KEY_MAX + 1 + SUB_MAX }; /* "endpoint/room sub" */

struct record {
	int64_t banned, denied;	/* until then */
	int64_t host;		/* until then a return gets the role back */
	int64_t guest;		/* until then a return needs no admission, and no room */
	int64_t chat;		/* when the allowance is full again */
	uint64_t room, number, from; /* of a guest: id of the room, and its member's, see room.h */
	struct change change;
	struct timer end;
	struct records *all;
	UT_hash_handle hh;
	char key[];		/* "endpoint/room sub" */
};

struct records {
	struct record *table;
	struct timers *timers;
	struct changes *changes;
};

/* Never NULL: where there is none, a record of zeroes that must not be written to. */
const struct record *record_get(const struct records *all, const char *room, const char *sub);

/* For writing, made where there is none. After writing call record_keep. */
struct record *record_open(struct records *all, const char *room, const char *sub);
void record_keep(struct record *r);

void record_forget(struct records *all, const char *room, const char *sub); /* if there is one */

void records_fini(struct records *all);

#endif
