/* random – thousands of seeded lives of rooms, with what must always hold looked at after each step.
 * RANDOM_SEED=n runs one seed alone, RANDOM_SEEDS=n as many. */
#include "room_life.h"

enum { SEEDS = 2000, STEPS = 150, EVERY_STEP = 20 };

static uint64_t dice;

/* splitmix64: small, and the same everywhere. */
static unsigned
roll(unsigned sides)
{
	uint64_t z = (dice += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (unsigned)((z ^ (z >> 31)) % sides);
}

/* Dice of their own, so that looking does not change what happens. */
static unsigned
roll_apart(unsigned sides)
{
	static unsigned n;

	return ++n % sides;
}

static void
run_seed(uint64_t seed)
{
	const char *why = NULL;

	dice = seed;
	life_begin();
	for (int i = 0; i < STEPS; i++) {
		step();
		why = life_wrong();
		ledger_keep();
		if (why == NULL && (seed <= EVERY_STEP || roll_apart(50) == 0))
			why = restored_wrong();
		if (why != NULL)
			fail_msg("seed %" PRIu64 " step %d: %s", seed, i, why);
		forget_all();
	}
	if ((why = life_end()) != NULL)
		fail_msg("seed %" PRIu64 ": %s", seed, why);
}

static void
whatever_happens_the_invariants_hold_and_nothing_is_left(void **state)
{
	const char *one = getenv("RANDOM_SEED"), *many = getenv("RANDOM_SEEDS");
	uint64_t seeds = many != NULL ? strtoull(many, NULL, 10) : SEEDS;

	(void)state;
	if (one != NULL)
		run_seed(strtoull(one, NULL, 10));
	for (uint64_t seed = 1; one == NULL && seed <= seeds; seed++)
		run_seed(seed);
}

/* The same inputs give the same outputs: the core can be driven by a log. */
static void
core_is_deterministic(void **state)
{
	struct buf first = BUF_INIT;

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct buf all = BUF_INIT;

		dice = 42;
		life_begin();
		for (int i = 0; i < STEPS; i++) {
			step();
			for (int j = 1; j <= w.clients; j++)
				buf_add(&all, w.client[j].got.at, w.client[j].got.len);
			forget_all();
		}
		world_end(NULL);
		if (round == 0) {
			first = all;
			continue;
		}
		assert_int_equal(first.len, all.len);
		assert_memory_equal(first.at, all.at, all.len);
		buf_fini(&all);
	}
	assert_true(first.len > 10000);
	buf_fini(&first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_happens_the_invariants_hold_and_nothing_is_left),
		cmocka_unit_test(core_is_deterministic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
