/* api_ask – a command for the broker, and what it says.
 *
 * Over the operators' door, in their words (argv.h); a time limit is on all of it, and nothing is
 * ever asked twice. Implemented in api_ask.c. */
#ifndef BECKON_API_ASK_H
#define BECKON_API_ASK_H

#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "api_fault.h"
#include "buf.h"

enum {
	API_PATIENCE = 1000, /* ms; a worker does nothing else meanwhile … */
	API_PAUSE = 2000,    /* and then for so long nobody has to wait for such an answer */
};

struct api_broker {
	const char *path; /* of the operators' socket; borrowed */
	int64_t again;	  /* ms, monotonic: it did not answer, and is not asked before */
};

/* Asks. FAULT_NONE with the answer, to be deleted; else BAD_REQUEST or NO_SUCH with the broker's
 * reason in why, or UNAVAILABLE: then it is not known whether it was done. */
enum api_fault api_ask(struct api_broker *b, const struct buf *words, cJSON **answer, char *why,
    size_t size);

#endif
