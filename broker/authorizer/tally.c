/* tally – see tally.h. All of it is 64-bit numbers, each of which is added to and read as one. */
#include "tally.h"

#include <sys/mman.h>

#include "clock.h"

_Static_assert(sizeof(struct tally) % sizeof(uint64_t) == 0, "numbers, and nothing else");

static bool
label_version(struct buf *to, unsigned index)
{
	(void)index;
	figures_label(to, "version", BECKON_VERSION);
	return true;
}

static bool
label_decision(struct buf *to, unsigned index)
{
	static const char *const places[TALLY_PLACES] = { [ERRAND_CONNECT] = "upgrade",
		[ERRAND_VALIDATE] = "validate", [ERRAND_PREFLIGHT] = "validate_preflight",
		[ERRAND_TURN] = "turn", [ERRAND_TURN_PREFLIGHT] = "turn_preflight",
		[TALLY_EDGE] = "edge" };
	unsigned place = index / REFUSALS, result = index % REFUSALS;
	const char *word = refusal_table[result].word;

	figures_label(to, "at", places[place]);
	figures_label(to, "result", result == REFUSED_NOT ? "accepted" : word);
	return place != TALLY_EDGE || result != REFUSED_NOT; /* nginx lets nobody in by itself */
}

/* What is not there has one word, whatever it is. */
static bool
label_api(struct buf *to, unsigned index)
{
	figures_label(to, "result", index == FAULT_NONE ? "done" : api_fault_table[index].word);
	return index != FAULT_NO_SUCH;
}

static const struct figure_row rows[] = {
#define FIGURE(...) FIGURE_ROW(struct tally, __VA_ARGS__)
#include "tally.def"
#undef FIGURE
};

struct tally *
tally_open(void)
{
	struct tally *t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (t == MAP_FAILED)
		return NULL;
	t->build[0] = 1;
	t->started[0] = (uint64_t)wall_ms();
	return t;
}

void
tally_close(struct tally *t)
{
	if (t != NULL)
		munmap(t, sizeof(*t));
}

static void
add(uint64_t *to, uint64_t n)
{
	__atomic_fetch_add(to, n, __ATOMIC_RELAXED);
}

void
tally_decision(struct tally *t, unsigned place, enum refusal result)
{
	add(&t->decisions[place * REFUSALS + result], 1);
}

void
tally_api(struct tally *t, enum api_fault result)
{
	add(&t->api[result == FAULT_NO_SUCH ? FAULT_NOT_FOUND : result], 1);
}

void
tally_time(struct tally *t, int64_t us)
{
	uint64_t value = us > 0 ? (uint64_t)us : 0;

	add(&t->decision_time[0].bucket[scale_bucket(&scale_us, value)], 1);
	add(&t->decision_time[0].sum, value);
}

static void
copy(struct tally *to, const struct tally *from)
{
	const uint64_t *numbers = (const uint64_t *)from;

	for (size_t i = 0; i < sizeof(*to) / sizeof(uint64_t); i++)
		((uint64_t *)to)[i] = __atomic_load_n(&numbers[i], __ATOMIC_RELAXED);
}

void
tally_put(struct buf *to, const struct tally *t, unsigned workers, bool broker_up)
{
	struct tally now;

	copy(&now, t);
	now.workers[0] = workers;
	now.broker_up[0] = broker_up;
	figures_put(to, rows, sizeof(rows) / sizeof(rows[0]), &now);
}
