/* admit – ADMIT and VERDICT, as frames. */
#include "admit.h"

#include <stdlib.h>

#include "frame.h"

static void
put_question(struct buf *to, enum endpoint endpoint, const char *room, const char *sub)
{
	size_t begin = frame_begin(to, &(struct frame){ .kind = FRAME_ADMIT });

	field_str(to, FIELD_ENDPOINT, endpoint_name(endpoint));
	field_str(to, FIELD_ROOM, room);
	field_str(to, FIELD_SUB, sub);
	frame_end(to, begin);
}

/* The broker's word: none where it admits. */
static enum refusal
read_verdict(const uint8_t *answer, size_t len, int *retry_after)
{
	struct frame frame;
	struct fields fields;
	char seconds[8];
	enum refusal why;

	if (frame_next(&answer, &len, &frame) != 1 || frame.kind != FRAME_VERDICT)
		return REFUSED_UNAVAILABLE;
	if (fields_read(&fields, frame.body, frame.len) != 0)
		return REFUSED_UNAVAILABLE;
	if (field_copy(&fields, FIELD_RETRY_AFTER, seconds, sizeof(seconds)) > 0)
		*retry_after = atoi(seconds);
	if (fields.value[FIELD_WORD].at == NULL)
		return REFUSED_NOT;
	why = refusal_find(fields.value[FIELD_WORD].at, fields.value[FIELD_WORD].len);
	return why == REFUSALS ? REFUSED_UNAVAILABLE : why;
}

enum refusal
admit_ask(struct ask *broker, enum endpoint endpoint, const char *room, const char *sub,
    int *retry_after)
{
	enum refusal why = REFUSED_UNAVAILABLE;
	struct buf question = BUF_INIT;
	const uint8_t *answer;
	size_t len;

	*retry_after = 0;
	put_question(&question, endpoint, room, sub);
	if (!buf_failed(&question) &&
	    ask_question(broker, question.at, question.len, ADMIT_PATIENCE, &answer, &len) == 0)
		why = read_verdict(answer, len, retry_after);
	buf_fini(&question);
	return why;
}
