/* standing – FRAME_READY, and what was known last. */
#include "standing.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "bounds.h"
#include "clock.h"
#include "frame.h"

/* An answer and its time are one number, so that no worker sees one with the other of another. */
struct standing {
	_Atomic int64_t known;	/* ms, monotonic, times READINESSES, and the answer; 0: none */
	_Atomic int64_t asking; /* since then somebody asks; 0: nobody */
};

struct standing *
standing_open(void)
{
	void *page = mmap(NULL, sizeof(struct standing), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return page != MAP_FAILED ? page : NULL;
}

void
standing_close(struct standing *s)
{
	if (s != NULL)
		munmap(s, sizeof(*s));
}

/* A broker that says what we do not know is another version's, just before it is replaced. */
static enum readiness
read_answer(const uint8_t *answer, size_t len)
{
	enum readiness found;
	struct frame frame;
	struct fields fields;
	char word[32];

	if (frame_next(&answer, &len, &frame) != 1 || frame.kind != FRAME_READY ||
	    fields_read(&fields, frame.body, frame.len) != 0 ||
	    field_copy(&fields, FIELD_WORD, word, sizeof(word)) <= 0)
		return READY_GONE;
	found = readiness_find(word);
	return found != READINESSES ? found : READY_GONE;
}

enum readiness
standing_now(struct ask *operators)
{
	struct buf question = BUF_INIT;
	enum readiness found = READY_GONE;
	const uint8_t *answer;
	size_t len;

	frame_put(&question, &(struct frame){ .kind = FRAME_READY });
	if (!buf_failed(&question) && ask_question(operators, question.at, question.len,
					  STANDING_PATIENCE, &answer, &len) == 0)
		found = read_answer(answer, len);
	else if (errno == ETIMEDOUT)
		found = READY_HANGS;
	buf_fini(&question);
	return found;
}

/* Is what is known good for `age` ms? */
static bool
is_known(const struct standing *s, int64_t now, int64_t age, enum readiness *found)
{
	int64_t known = atomic_load(&s->known);

	*found = (enum readiness)(known % READINESSES);
	return known != 0 && now - known / READINESSES <= age;
}

/* True: it is this one who asks. One who died over it is not waited for. */
static bool
begin(struct standing *s, int64_t now)
{
	int64_t since = atomic_load(&s->asking);

	if (since != 0 && now - since <= STANDING_PATIENCE)
		return false;
	return atomic_compare_exchange_strong(&s->asking, &since, now);
}

enum readiness
standing_ask(struct standing *s, struct ask *operators)
{
	int64_t now = now_ms();
	enum readiness found;
	bool first;

	if (is_known(s, now, STANDING_FRESH, &found))
		return found;
	first = begin(s, now);
	if (!first && is_known(s, now, STANDING_FRESH + STANDING_PATIENCE, &found))
		return found;
	found = standing_now(operators);
	atomic_store(&s->known, now_ms() * READINESSES + found);
	if (first)
		atomic_store(&s->asking, 0);
	return found;
}
