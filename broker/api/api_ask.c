/* api_ask – see api_ask.h. */
#include "api_ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "bounds.h"
#include "clock.h"
#include "frame.h"

/* The broker's words for no. */
static const struct {
	const char *word;
	enum api_fault fault;
} words_for_no[] = {
	{ "not_found", FAULT_NO_SUCH },
	{ "usage", FAULT_BAD_REQUEST },
};

static const char *
text_of(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static enum api_fault
fault_of(const cJSON *answer, char *why, size_t size)
{
	const char *word = text_of(answer, "error"), *message = text_of(answer, "message");

	if (answer == NULL)
		return FAULT_UNAVAILABLE;
	if (word == NULL)
		return FAULT_NONE;
	snprintf(why, size, "%s", message != NULL ? message : "");
	for (size_t i = 0; i < sizeof(words_for_no) / sizeof(*words_for_no); i++)
		if (strcmp(words_for_no[i].word, word) == 0)
			return words_for_no[i].fault;
	return FAULT_UNAVAILABLE;
}

static enum api_fault
read_answer(const uint8_t *at, size_t len, cJSON **answer, char *why, size_t size)
{
	enum api_fault fault;
	struct frame f;

	if (frame_next(&at, &len, &f) != 1 || f.kind != FRAME_CTL)
		return FAULT_UNAVAILABLE;
	*answer = cJSON_ParseWithLength(f.body, f.len);
	fault = fault_of(*answer, why, size);
	if (fault != FAULT_NONE) {
		cJSON_Delete(*answer);
		*answer = NULL;
	}
	return fault;
}

/* A connection of its own for each question: over one that was kept, and turns out broken, it would
 * be asked a second time, and people be told something twice. */
static enum api_fault
ask_once(struct api_broker *b, const struct buf *question, cJSON **answer, char *why, size_t size)
{
	enum api_fault fault = FAULT_UNAVAILABLE;
	const uint8_t *said;
	struct ask ask;
	size_t len;

	ask_init(&ask, b->path);
	ask.sp.message_max = BUS_MESSAGE_MAX; /* many rooms are a long answer */
	if (ask_question(&ask, question->at, question->len, API_PATIENCE, &said, &len) == 0)
		fault = read_answer(said, len, answer, why, size);
	else if (errno == ETIMEDOUT)
		b->again = now_ms() + API_PAUSE;
	ask_fini(&ask);
	return fault;
}

enum api_fault
api_ask(struct api_broker *b, const struct buf *words, cJSON **answer, char *why, size_t size)
{
	enum api_fault fault = FAULT_UNAVAILABLE;
	struct buf question = BUF_INIT;

	*answer = NULL;
	why[0] = '\0';
	if (now_ms() < b->again)
		return fault;
	frame_put(&question,
	    &(struct frame){ .kind = FRAME_CTL, .body = words->at, .len = words->len });
	if (!buf_failed(&question)) {
		fault = ask_once(b, &question, answer, why, size);
		explicit_bzero(question.at, question.len);
	}
	buf_fini(&question);
	return fault;
}
