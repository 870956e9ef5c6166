/* The room core, by what happens to its rooms: each byte decides. It is the life that test_random
 * throws dice for, with texts of the fuzzer's own among the events. */
#include "fuzz.h"

#include "../unit/room_life.h"

enum { STEPS_MAX = 400 };

static struct input in;

static unsigned
roll(unsigned sides)
{
	unsigned n = input_byte(&in);

	return (sides > 256 ? n << 8 | input_byte(&in) : n) % sides;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	return setenv("CMOCKA_TEST_ABORT", "1", 1); /* what fails, fails here */
}

/* Any bytes at all, as a taken-over handler would send them. */
static void
step_text(int client)
{
	struct input text = input_take(&in, input_byte(&in));
	char *copy = malloc(text.left);

	memcpy(copy, text.at, text.left);
	send_text(client, copy, text.left);
	free(copy);
	stored_is_odd = true;
}

static void
live(void)
{
	const char *why = NULL;

	for (int i = 0; i < STEPS_MAX && in.left > 0 && w.clients < CLIENTS_MAX; i++) {
		int client = in.at[0] == 0xff ? some_client() : 0;

		if (client != 0)
			step_text(client);
		else
			step();
		why = life_wrong();
		ledger_keep();
		if (why == NULL && (i % 16 == 0 || in.left == 0))
			why = restored_wrong();
		if (why != NULL)
			fail_msg("step %d: %s", i, why);
		forget_all();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	const char *why;

	in = (struct input){ at, len };
	life_begin();
	live();
	if ((why = life_end()) != NULL)
		fail_msg("at the end: %s", why);
	return 0;
}
