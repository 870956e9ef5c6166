/* A ticket with any bits turned is none; nor is one of another length. */
#include "fuzz.h"

#include "ticket.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const uint8_t key[TICKET_KEY] = "not a secret: for a fuzz target";
	struct ticket right = { .session = 7, .expires = 1700000000000, .room = "zoom/r1",
		.sub = "ann" };
	struct ticket shown = { 0 };
	uint8_t bytes[TICKET_SIZE + 8] = { 0 };
	bool same = true;
	size_t n = len < sizeof(bytes) ? len : sizeof(bytes);

	ticket_write(&right, key, bytes);
	for (size_t i = 0; i < n; i++) {
		bytes[i] ^= at[i];
		same = same && at[i] == 0;
	}
	must((ticket_read(&shown, bytes, n) == 0) == (n == TICKET_SIZE));
	must((ticket_check(&right, key, bytes, n) == 0) == (same && n == TICKET_SIZE));
	if (n == TICKET_SIZE && same)
		must(shown.session == 7 && shown.expires == right.expires);
	return 0;
}
