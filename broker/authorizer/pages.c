/* pages – see pages.h. */
#include "pages.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "api.h"
#include "clock.h"
#include "log.h"
#include "observe.h"

static void
log_refusal(struct authorizer *a, const char *connection, const struct judgement *j, int64_t now)
{
	unsigned unsaid = 0;

	if (!ration_take(&a->refusals, now, &unsaid))
		return;
	if (unsaid > 0)
		log_line(LOG_INFO, "refused", "more=%u", unsaid);
	log_about(connection, LOG_INFO, "refused", "word=%s endpoint=%s room=%s why=%s",
	    refusal_table[j->refusal].word,
	    j->placed ? endpoint_name(j->request.endpoint) : "-",
	    j->placed ? j->request.room : "-", j->why);
}

static void
judge(struct authorizer *a, const struct fcgi *f, enum errand errand, int64_t now,
    struct judgement *j)
{
	const struct visit visit = {
		.errand = errand,
		.method = fcgi_param(f, "REQUEST_METHOD"),
		.uri = fcgi_param(f, "REQUEST_URI"),
		.origin = fcgi_param(f, "HTTP_ORIGIN"),
		.authorization = fcgi_param(f, "HTTP_AUTHORIZATION"),
		.upgrade = fcgi_param(f, "HTTP_UPGRADE"),
		.connection = fcgi_param(f, "HTTP_CONNECTION"),
		.version = fcgi_param(f, "HTTP_SEC_WEBSOCKET_VERSION"),
		.key = fcgi_param(f, "HTTP_SEC_WEBSOCKET_KEY"),
	};
	int64_t began = now_us();

	authorize(&a->authority, &visit, now, j);
	tally_decision(a->tally, errand, j->refusal);
	tally_time(a->tally, now_us() - began);
}

/* It was answered. */
static void
conclude(struct authorizer *a, const struct fcgi *f, struct judgement *j, int64_t now)
{
	request_wipe(&j->request);
	if (j->refusal != REFUSED_NOT)
		log_refusal(a, fcgi_param(f, "CONNECTION_ID"), j, now);
}

typedef void answer(struct buf *to, const struct judgement *j);

static void
serve_visit(struct authorizer *a, const struct fcgi *f, struct buf *to, enum errand errand,
    answer *say)
{
	int64_t now = wall_ms();
	struct judgement j;

	judge(a, f, errand, now, &j);
	say(to, &j);
	conclude(a, f, &j, now);
}

/* nginx's auth_request asks: may this client pass? */
static void
serve_auth(struct authorizer *a, const struct fcgi *f, struct buf *to)
{
	serve_visit(a, f, to, ERRAND_CONNECT, answer_judgement);
}

/* A client asks: would I pass? Whatever its method, but that of a preflight. */
static void
serve_validate(struct authorizer *a, const struct fcgi *f, struct buf *to)
{
	if (strcmp(fcgi_param(f, "REQUEST_METHOD"), "OPTIONS") == 0)
		serve_visit(a, f, to, ERRAND_PREFLIGHT, answer_preflight);
	else
		serve_visit(a, f, to, ERRAND_VALIDATE, answer_validation);
}

/* A client asks for TURN servers, as its credentials end before its visit does. */
static void
serve_turn(struct authorizer *a, const struct fcgi *f, struct buf *to)
{
	int64_t now = wall_ms();
	struct judgement j;

	if (strcmp(fcgi_param(f, "REQUEST_METHOD"), "OPTIONS") == 0) {
		serve_visit(a, f, to, ERRAND_TURN_PREFLIGHT, answer_preflight);
		return;
	}
	judge(a, f, ERRAND_TURN, now, &j);
	answer_turn(to, &j, &a->turn, now);
	conclude(a, f, &j, now);
}

/* nginx asks for the words of a refusal: one of serve_auth's, or its own. */
static void
serve_refuse(struct authorizer *a, const struct fcgi *f, struct buf *to)
{
	const char *word = fcgi_param(f, "BECKON_WORD");
	enum refusal why = refusal_find(word, strlen(word));

	if (why == REFUSED_NOT || why == REFUSALS)
		why = REFUSED_UNAVAILABLE;
	if (fcgi_param(f, "BECKON_JUDGED")[0] == '\0')
		tally_decision(a->tally, TALLY_EDGE, why);
	answer_refusal(to, why, fcgi_param(f, "BECKON_WHY"),
	    atoi(fcgi_param(f, "BECKON_RETRY_AFTER")));
}

static void
serve_healthz(struct authorizer *a, const struct fcgi *f, struct buf *to)
{
	(void)a, (void)f;
	observe_health(to);
}

static void
serve_readyz(struct authorizer *a, const struct fcgi *f, struct buf *to)
{
	(void)f;
	observe_readiness(a, to);
}

static void
serve_metrics(struct authorizer *a, const struct fcgi *f, struct buf *to)
{
	(void)f;
	observe_metrics(a, to);
}

/* clang-format off */
static const struct page {
	const char *path;
	void (*serve)(struct authorizer *a, const struct fcgi *f, struct buf *to);
} pages[] = {
	{ "/api",      api_serve },
	{ "/auth",     serve_auth },
	{ "/refuse",   serve_refuse },
	{ "/turn",     serve_turn },
	{ "/validate", serve_validate },
	{ "/healthz",  serve_healthz },
	{ "/readyz",   serve_readyz },
	{ "/metrics",  serve_metrics },
};
/* clang-format on */

void
pages_serve(struct authorizer *a, const struct fcgi *f, struct buf *to)
{
	const char *path = fcgi_param(f, "DOCUMENT_URI");

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (strcmp(path, pages[i].path) == 0) {
			pages[i].serve(a, f, to);
			return;
		}
	}
	answer_refusal(to, REFUSED_NOT_FOUND, "", 0);
}
