/* heap – see heap.h. */
#include "heap.h"

#include <malloc.h>
#include <unistd.h>

enum {
	PIECE = 16 * 1024, /* bytes; larger pieces are mapped, and unmapped when freed */
	SPARE = 8 * 1024,   /* bytes that the heap may grow by and keep */
	QUIET = 200,	    /* ms without a word from anybody */
};

void
heap_init(struct heap *h)
{
	mallopt(M_MMAP_THRESHOLD, PIECE);
	mallopt(M_TOP_PAD, 0);
	*h = (struct heap){ .start = 0 };
}

void
heap_stir(struct heap *h, int64_t now)
{
	h->quiet_at = now + QUIET;
}

int64_t
heap_rest(struct heap *h, int64_t now)
{
	if (h->quiet_at == 0 || (uintptr_t)sbrk(0) - h->start <= SPARE)
		return -1;
	if (now < h->quiet_at)
		return h->quiet_at - now;
	malloc_trim(0);
	h->start = (uintptr_t)sbrk(0);
	h->quiet_at = 0;
	return -1;
}
