/* demand – one page, two futexes. */
#include "demand.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bounds.h"
#include "clock.h"
#include "schedule.h"

struct demand_page {
	/* The fetcher's, kept here so that it outlives the process. */
	struct schedule schedule;
	unsigned generation; /* that the schedule is of */

	/* What workers look at. */
	_Atomic int64_t open;	    /* the schedule's: before it nobody need ask */
	_Atomic int64_t joinable;   /* a fetch that was asked for is under way, worth waiting for */
	_Atomic unsigned waiting;   /* have waited for the next end of a fetch */
	_Atomic uint32_t asked;	    /* futex: 1, somebody did */
	_Atomic uint32_t finished;  /* futex: counts ends of fetches, and refusals to begin one */
};

/* Sleeps while *word is `value`, at most ms; may return early. */
static void
sleep_on(_Atomic uint32_t *word, uint32_t value, int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	syscall(SYS_futex, word, FUTEX_WAIT, value, &t, NULL, 0);
}

static void
wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

int
demand_open(struct demand *d)
{
	void *page = mmap(NULL, sizeof(struct demand_page), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*d = (struct demand){ .page = page == MAP_FAILED ? NULL : page };
	return d->page ? 0 : -1;
}

void
demand_close(struct demand *d)
{
	if (d->page)
		munmap(d->page, sizeof(*d->page));
	d->page = NULL;
}

void
demand_renew(struct demand *d)
{
	d->generation++;
}

/* ---- a worker ---- */

bool
demand_ask(struct demand *d, unsigned most)
{
	struct demand_page *p = d->page;
	uint32_t before = atomic_load(&p->finished);
	int64_t now = now_ms(), until = atomic_load(&p->joinable);

	if (now >= atomic_load(&p->open)) {
		until = now + JWKS_PATIENCE;
		atomic_store(&p->asked, 1);
		wake(&p->asked);
	}
	if (until <= now || atomic_fetch_add(&p->waiting, 1) >= most)
		return atomic_load(&p->finished) != before;
	while (atomic_load(&p->finished) == before && now < until) {
		sleep_on(&p->finished, before, until - now);
		now = now_ms();
	}
	return atomic_load(&p->finished) != before;
}

/* ---- the fetcher ---- */

static void
release(struct demand_page *p)
{
	atomic_store(&p->joinable, 0);
	atomic_store(&p->waiting, 0);
	atomic_fetch_add(&p->finished, 1);
	wake(&p->finished);
}

/* Is there a reason to fetch now? */
static bool
is_time(struct demand_page *p, int64_t now)
{
	if (atomic_exchange(&p->asked, 0)) {
		if (schedule_ask(&p->schedule, now)) {
			atomic_store(&p->joinable, now + JWKS_PATIENCE);
			atomic_store(&p->open, p->schedule.open);
			return true;
		}
		release(p); /* it asked before it could see that it may not */
	}
	return now >= p->schedule.due;
}

void
demand_wait(struct demand *d)
{
	struct demand_page *p = d->page;
	int64_t now = now_ms();

	if (p->generation != d->generation) {
		p->schedule = (struct schedule){ 0 };
		p->generation = d->generation;
		atomic_store(&p->open, 0);
	}
	while (!is_time(p, now)) {
		sleep_on(&p->asked, 0, p->schedule.due - now);
		now = now_ms();
	}
	schedule_begin(&p->schedule, now);
}

void
demand_done(struct demand *d, bool good, long max_age)
{
	if (good)
		schedule_succeed(&d->page->schedule, max_age, now_ms());
	atomic_store(&d->page->asked, 0); /* whoever asked meanwhile was waiting for this one */
	release(d->page);
}
