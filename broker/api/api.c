/* api – see api.h. */
#include "api.h"

#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "api_answer.h"
#include "api_ask.h"
#include "api_judge.h"
#include "api_words.h"
#include "clock.h"
#include "log.h"
#include "tally.h"

/* Who did what to whom, with which outcome; never why, nor what was said. That somebody looked is
 * for who wants to know everything. */
static void
log_deed(const char *connection, const struct api_judgement *j)
{
	char client[SUB_MAX + 1] = "";
	struct json_span v;
	bool deed = j->route->scope == SCOPE_MODERATE;

	if (j->payload.at != NULL && json_get(j->payload, "clientId", &v))
		json_string_copy(v, client, sizeof(client));
	log_about(connection, deed ? LOG_INFO : LOG_DEBUG, "api",
	    "did=%.*s room=%s result=%s by=%s to=%s", (int)strcspn(j->route->command, " "),
	    j->route->command, j->place.room[0] ? j->place.room : "-",
	    j->fault ? api_fault_table[j->fault].word : "done", j->token.sub,
	    client[0] ? client : j->place.client[0] ? j->place.client : "-");
}

/* What a stranger can cause is rationed, and says no more than the path does. */
static void
log_refusal(struct authorizer *a, const char *connection, const struct api_judgement *j,
    int64_t now)
{
	unsigned unsaid = 0;

	if (!ration_take(&a->refusals, now, &unsaid))
		return;
	if (unsaid > 0)
		log_line(LOG_INFO, "refused", "more=%u", unsaid);
	log_about(connection, LOG_INFO, "refused", "word=%s endpoint=api room=%s by=%s why=%s",
	    api_fault_table[j->fault].word, j->place.room[0] ? j->place.room : "-",
	    j->token.sub[0] ? j->token.sub : "-", j->why);
}

/* Of what was judged good: has it done, and tells. */
static void
carry_out(struct authorizer *a, struct api_judgement *j, struct buf *to)
{
	struct buf words = BUF_INIT;
	const char *wrong = api_words(&words, j);
	cJSON *said = NULL;

	if (wrong != NULL) {
		j->fault = FAULT_BAD_REQUEST;
		snprintf(j->why, sizeof(j->why), "%s", wrong);
	} else {
		a->api_broker.path = a->operators_path;
		j->fault = api_ask(&a->api_broker, &words, &said, j->why, sizeof(j->why));
	}
	/* What was to be gone is gone; twice is as good as once (RFC 9110 §9.2.2). */
	if (j->fault == FAULT_NO_SUCH && strcmp(j->route->method, "DELETE") == 0)
		j->fault = FAULT_NONE;
	if (words.at != NULL)
		explicit_bzero(words.at, words.len);
	buf_fini(&words);
	if (j->fault == FAULT_NONE)
		api_answer(to, j, said);
	else
		api_answer_fault(to, j);
	cJSON_Delete(said);
}

/* Where there is no API there is what there is at any other place: nothing. */
static void
refuse(const struct authorizer *a, const struct api_judgement *j, struct buf *to)
{
	if (a->api.policy.audience[0] != '\0')
		api_answer_fault(to, j);
	else
		answer_refusal(to, REFUSED_NOT_FOUND, "", 0);
}

void
api_serve(struct authorizer *a, const struct fcgi *f, struct buf *to)
{
	const char *connection = fcgi_param(f, "CONNECTION_ID");
	char body[API_BODY_MAX];
	long len = fcgi_body(f, body, sizeof(body));
	const struct api_call call = {
		.method = fcgi_param(f, "REQUEST_METHOD"),
		.uri = fcgi_param(f, "REQUEST_URI"),
		.origin = fcgi_param(f, "HTTP_ORIGIN"),
		.authorization = fcgi_param(f, "HTTP_AUTHORIZATION"),
		.type = fcgi_param(f, "CONTENT_TYPE"),
		.body = len >= 0 ? body : NULL,
		.len = len >= 0 ? (size_t)len : 0,
	};
	int64_t now = wall_ms();
	struct api_judgement j;

	api_judge(&a->api, &call, now, &j);
	if (j.fault == FAULT_NONE) {
		carry_out(a, &j, to);
		log_deed(connection, &j);
	} else {
		refuse(a, &j, to);
		log_refusal(a, connection, &j, now);
	}
	tally_api(a->tally, j.fault);
	explicit_bzero(body, sizeof(body)); /* what somebody is to be told */
}
