/* admit – ADMIT and VERDICT, as frames. */
#include "admit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ask.h"
#include "frame.h"

static void
put_question(struct buf *to, const struct request *r, const struct token *t)
{
	size_t begin = frame_begin(to, &(struct frame){ .kind = FRAME_ADMIT });
	char resume[sizeof(r->epoch) + 24];

	field_str(to, FIELD_ENDPOINT, endpoint_name(r->endpoint));
	field_str(to, FIELD_ROOM, r->room);
	field_str(to, FIELD_SUB, t->sub);
	if (t->grants.host)
		field_str(to, FIELD_ROLE, "host");
	if (r->resume) {
		snprintf(resume, sizeof(resume), "%s.%" PRIu64, r->epoch, r->seq);
		field_str(to, FIELD_RESUME, resume);
	}
	frame_end(to, begin);
}

/* The broker's word: none where it admits, and then it says as what. */
static enum refusal
read_refusal(const struct fields *f, char role[ROLE_MAX + 1])
{
	enum refusal why;

	if (f->value[FIELD_WORD].at == NULL)
		return field_copy(f, FIELD_ROLE, role, ROLE_MAX + 1) > 0 ? REFUSED_NOT
									 : REFUSED_UNAVAILABLE;
	why = refusal_find(f->value[FIELD_WORD].at, f->value[FIELD_WORD].len);
	return why == REFUSALS ? REFUSED_UNAVAILABLE : why;
}

static void
read_verdict(struct verdict *v, const uint8_t *answer, size_t len)
{
	struct frame frame;
	struct fields fields;
	char seconds[8];

	if (frame_next(&answer, &len, &frame) != 1 || frame.kind != FRAME_VERDICT ||
	    fields_read(&fields, frame.body, frame.len) != 0)
		return;
	if (field_copy(&fields, FIELD_RETRY_AFTER, seconds, sizeof(seconds)) > 0)
		v->retry_after = atoi(seconds);
	v->refusal = read_refusal(&fields, v->role);
}

void
admit_ask(struct ask *broker, const struct request *r, const struct token *t, struct verdict *v)
{
	struct buf question = BUF_INIT;
	const uint8_t *answer;
	size_t len;

	*v = (struct verdict){ .refusal = REFUSED_UNAVAILABLE };
	put_question(&question, r, t);
	if (!buf_failed(&question) &&
	    ask_question(broker, question.at, question.len, ADMIT_PATIENCE, &answer, &len) == 0)
		read_verdict(v, answer, len);
	buf_fini(&question);
}
