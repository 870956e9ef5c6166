/* places – what lies where below RUN_DIR, for the programs that meet there.
 *
 * A handler is shut into PLACE_BUS and sees nothing else: not the operators' socket, nor the
 * authorizer's, nor the ledger. What it must not reach stays outside of that folder. Implemented
 * nowhere. */
#ifndef BECKON_PLACES_H
#define BECKON_PLACES_H

#define PLACE_BUS "bus"			      /* a folder, and to handlers the only one */
#define PLACE_DOOR "broker.sock"	      /* in it */
#define PLACE_ROOMS PLACE_BUS "/rooms"	      /* a socket a room, with a name that nobody guesses */
#define PLACE_BROKER PLACE_BUS "/" PLACE_DOOR /* the same, for those who see more */
#define PLACE_OPERATORS "ctl.sock"
#define PLACE_AUTHORIZER "authorizer.sock"

#endif
