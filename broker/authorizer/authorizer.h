/* authorizer – what a worker of the authorizer has: configuration, keys, the way to the broker.
 *
 * Made by the program's main before workers are forked, and used by its pages. */
#ifndef BECKON_AUTHORIZER_H
#define BECKON_AUTHORIZER_H

#include "api_ask.h"
#include "api_judge.h"
#include "ask.h"
#include "authorize.h"
#include "bounds.h"
#include "conf.h"
#include "demand.h"
#include "keys.h"
#include "options.h"
#include "ration.h"
#include "standing.h"
#include "tally.h"
#include "turn.h"

struct authorizer {
	const struct options *options;
	struct conf conf;
	struct keys *keys;
	struct authority authority; /* borrows from conf and keys */
	struct turn turn;	    /* the same */
	struct api_authority api;   /* the same */
	char broker_path[SOCKET_PATH_MAX + 1], operators_path[SOCKET_PATH_MAX + 1];
	int listener;
	int workers; /* as many as there are to be */
	struct demand demand; /* for keys that are to be fetched */

	/* Shared by all workers. */
	struct tally *tally;
	struct standing *standing;

	/* A worker's own. */
	struct ask broker, operators;
	struct api_broker api_broker;
	struct ration refusals; /* that are logged */
};

#endif
