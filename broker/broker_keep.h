/* broker_keep – what broker_keep.c writes and broker_recall.c reads. See broker.h. */
#ifndef BECKON_BROKER_KEEP_H
#define BECKON_BROKER_KEEP_H

#include "broker.h"

/* Body of FRAME_KEPT_PEER; the sub follows, with its NUL. */
struct kept_peer {
	uint64_t missed;
	int64_t expires, joined;
	int64_t pid;
	uint8_t name[TICKET_NAME];
	char key[ROOM_KEY_MAX + 1];
	char connection[CONNECTION_ID_MAX + 1];
	char address[ADDRESS_MAX + 1];
};

enum { LEDGER_FORMAT = KEEP_FORMAT << 16 | FRAME_VERSION << 8 | 3 };

void broker_ledger_path(const struct broker *b, char path[SOCKET_PATH_MAX + 1]);

/* Writes everything into a ledger of its own, in the place of the one there was. */
void broker_begin_ledger(struct broker *b);

#endif
