/* bounds – every limit of Beckon, each with one name, its unit and its reason.
 *
 * What an operator may change is in the configuration table (conf.def); what stands here is
 * part of the protocol or protects memory. Plain constants; implemented nowhere. */
#ifndef BECKON_BOUNDS_H
#define BECKON_BOUNDS_H

enum {
	/* The request (bytes). The request line itself is bounded by nginx: 16 KiB, then 414. */
	ROOM_ID_MAX = 100,	/* protocol §1 */
	ROOM_KEY_MAX = sizeof("screenshare/") - 1 + ROOM_ID_MAX, /* "endpoint/roomId" */
	TOKEN_MAX = 16384,	/* a token cannot be longer than the request line that brings it */
	ORIGIN_MAX = 512,	/* a host name is at most 253 bytes */
	TICKET_MAX = 128,	/* what a handler keeps to join again */
	ADDRESS_MAX = 45,	/* bytes of a client's IP address, as text: INET6_ADDRSTRLEN */
	CONNECTION_ID_MAX = 32, /* nginx's $request_id; names a connection in every log */

	/* Identity. */
	SUB_MAX = 255,		   /* bytes; OpenID Connect Core §2 allows 255 ASCII characters */
	NAME_POINTS_MAX = 100,	   /* code points of a displayName, protocol §2 */
	DISPLAY_NAME_MAX = 4 * 100, /* the same in bytes of UTF-8 */
	ROLE_MAX = 11,		   /* "screenshare" is the longest, protocol §4 */
	GRANT_ROOMS_MAX = 64,	   /* entries of a token's `rooms`; more is a token gone wrong */
	KEYS_MAX = 64,		   /* verification keys; one identity provider has two or three */
	KEY_FILE_MAX = 65536,	   /* bytes; a JWKS with x5c chains is about 8 KB */
	ORIGINS_MAX = 64,	   /* entries of ALLOWED_ORIGINS */
	ETAG_MAX = 128,		   /* bytes of an identity provider's ETag; longer: none */
	JWKS_URL_MAX = 1024,	   /* bytes */
	TURN_SECRET_MIN = 16,	   /* bytes: anybody in a room may try to guess it at home … */
	TURN_SECRET_MAX = 256,	   /* … and longer ones are no better */

	/* Messages (bytes unless said otherwise). */
	MESSAGE_MAX = 65536,	   /* one inbound message, protocol §3 */
	MESSAGE_ID_MAX = 64,	   /* bytes of a client's own `id`, protocol §3 */
	JSON_DEPTH_MAX = 64,	   /* levels; nothing a client of ours sends needs ten */
	BAD_INPUT_MAX = 20,	   /* bad messages in a row, then bye 4006 */
	CHAT_POINTS_MAX = 1000,	   /* code points of chatContent, protocol §5 */
	CHAT_ID_MAX = 64,	   /* code points of chatId */
	RECENTS_MAX = 50,	   /* chat messages in one answer to recents_chat */

	/* Queues. */
	OUT_QUEUE_MAX = 1 << 20,   /* bytes a handler holds for its client; then slow_consumer */
	ASKED_AGAIN_MAX = 3,	   /* times in a row one may ask for what it was sent already */
	MAIL_MAX = 4 << 20,	   /* bytes the broker holds for a handler that does not fetch; as
				    * four people may send to one at once (BYTES_BURST) */
	EVENT_WINDOW = 24,	   /* events a handler has under way; NNG drops replies past 64 */
	REQUEST_MAX = 256 * 1024,  /* bytes of one control message: three full ones and frames */
	BUS_MESSAGE_MAX = 8 << 20, /* bytes of one bus message or reply a handler accepts */
	REPLAY_MAX = 256 * 1024,   /* bytes of one reply with mail or a replay, but for the last
				    * message; the handler asks for the rest */
	RESUME_MESSAGES = 1000,	   /* that a resume may have missed, protocol §6 */
	RING_MESSAGES = 1024,	   /* a room remembers: a resume says some itself */
	RING_PLACES = 8192,	   /* with mail: a call of 20, set up at once, has 8000 signals, and
				    * whose bus comes late then still hears who joined before */
	RING_BYTES = 4 << 20,	   /* and how much of them: a room cannot eat the broker */
	RING_MAIL_BYTES = 1 << 20, /* among these: signals must not drive messages out */
	PUB_QUEUE = 128,	   /* bus messages NNG keeps per subscriber, if nobody says
				    * BUS_QUEUE; a hole is replayed */
	STUBS_MAX = 256,	   /* wait for a broadcast; far fewer than the ring holds */
	BUS_BATCH = 256,	   /* requests NNG holds for the broker, and one round takes */
	BATCH_BYTES = 1 << 20,	   /* of a round, then it ends; and of memory that is kept */
	TOPIC_BYTES = 256 * 1024,  /* of a room's bus message; more is published as several. The
				    * handler has its client's queue to think of */
	CTL_MAX = 8192,		   /* bytes of an operator's command: a chat's text and names */
	COMINGS_MAX = 1024,	   /* comings and goings that are kept for who watches */
	CONNECTIONS_TOLD = 10000,  /* in one answer to an operator, who has BUS_MESSAGE_MAX */
	CTL_WORDS_MAX = 8,	   /* words of one; no command has more than five */
	BANS_SHOWN = 10000,	   /* to an operator at once; half of BUS_MESSAGE_MAX, mostly */
	OWED_MAX = 1024,	   /* bans and forgotten rooms that wait for a store that failed */

	/* The roster. */
	STATE_MEMBERS_MAX = 200,   /* participants listed in room_state, protocol §4 */

	/* Times (ms). */
	STATE_INTERVAL = 100,	   /* between two room_state of a room */
	ROOM_GRACE = 10000,	   /* an empty room is kept, if not too many are; vacancy.c */
	HOST_GRACE = 10000,	   /* a host's return gets the role back */
	DENIED_TIME = 60000,	   /* until one who was denied may knock again */
	BAN_TIME = 86400000,	   /* a ban, where the host did not say how long */
	EXPIRY_WARNING = 60000,	   /* token_expiring, before the token's end */
	BYE_LINGER = 30000,	   /* after bye, until the server closes */
	REJOIN_GRACE = 10000,	   /* for handlers to come back to a broker that was restarted */
	RESUME_WINDOW = 300000,	   /* protocol §6 */
	STORE_RETRY = 10000,	   /* until a store that failed is given the same again */
	RESTART_TIME = 3000,	   /* from the last one's leaving until the next service is there */
	RETURN_MIN = 1000,	   /* over which those who were sent away come back, and … */
	RETURN_RATE = 200,	   /* … how many a second: a fifth of what comes in with ease */
	DRAIN_RATE = 50,	   /* sessions a second: a drain of few is not drawn out */
	LEDGER_RETRY = 2000,	   /* until a ledger that failed is begun anew */
	LACK_TIME = 1000,	   /* without descriptors, until newcomers may try again */
	FULL_INTERVAL = 60000,	   /* between two log lines that there is no place */
	JWKS_ASK_INTERVAL = 60000, /* between two fetches of keys that tokens cause */
	JWKS_PATIENCE = 1000,	   /* a token waits for its key to be fetched */
	JWKS_CONNECT_TIME = 3000,  /* an identity provider's, to be connected to */
	JWKS_FETCH_TIME = 10000,   /* and to have answered to the last byte */
	JWKS_FRESH = 600000,	   /* fetched keys are good, where max-age does not say */
	JWKS_FRESH_MIN = 300000,   /* whatever it says */
	JWKS_FRESH_MAX = 3600000,  /* a key withdrawn is refused within the hour */
	JWKS_RETRY_MIN = 5000,	   /* after a fetch that failed; doubled each time */
	JWKS_RETRY_MAX = 300000,
	STANDING_FRESH = 500,	   /* an answer to /readyz is good for others who ask */
	STANDING_PATIENCE = 1000,  /* for the broker's; then it hangs */
	METRICS_PATIENCE = 1000,   /* for its figures; then there are none */
	SYNC_PATIENCE = 20,	   /* for publications under way, before they are asked for */

	/* A handler in its cage. */
	HANDLER_MEMORY_MAX = 96 << 20, /* bytes of address space: two bus messages being read,
					* the client's queue, and half of it to spare */
	HANDLER_FILES_MAX = 16,	   /* descriptors: it has six */

	/* Descriptors. */
	BROKER_FILES = 3,	   /* of the broker a connection: requests, bus; a room's own … */
	BROKER_FILES_SPARE = 64,   /* … and those for store, ledger, keys, operators */

	/* Requests to the authorizer that are still on their way, in each worker. */
	ARRIVALS_MAX = 64,	   /* connections; then the oldest gives its place */
	ARRIVAL_BYTES_MAX = 128 * 1024, /* of a request: nginx passes on half of it at most */
	API_BODY_MAX = 16384,	   /* bytes of what an application sends; nginx has it, too */
	ARRIVAL_PATIENCE = 3000,   /* ms; nginx sends them at once */

	/* Sockets, titles and logs. */
	TITLE_MAX = 255,	   /* bytes of what ps shows of a process */
	TITLE_SUB_MAX = 80,	   /* … of which a user has these; ps is no place for more */
	SOCKET_PATH_MAX = 107,	   /* bytes, unix(7) */
	LOG_JSON_MAX = 2000,	   /* bytes of one as JSON, where half is names and escapes */
	LOG_LINE_MAX = 1000,	   /* bytes; websocketd drops a reader whose line passes 4096 */
	LOG_PATIENCE = 100,	   /* ms in which a process's last lines are read */
};

#endif
