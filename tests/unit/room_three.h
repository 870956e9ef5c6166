/* room_three – a room with ann, its host, and bob and eve, who have been told of each other. */
#ifndef ROOM_THREE_H
#define ROOM_THREE_H

#include "room_world.h"

static int ann, bob, eve;

static int
three(void **state)
{
	world_begin(state);
	ann = join("ann");
	bob = join("bob");
	eve = join("eve");
	pass(200);
	forget_all();
	return 0;
}

#endif
