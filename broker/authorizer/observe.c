/* observe – see observe.h. */
#include "observe.h"

#include "frame.h"

enum { RETRY_AFTER = 5 }; /* s; load balancers have an interval of their own */

static void
put_json_header(struct buf *to, const char *status)
{
	buf_fmt(to, "Status: %s\r\nContent-Type: application/json\r\n", status);
	buf_str(to, "Cache-Control: no-store\r\n");
}

/* That it is said is all there is to it. */
void
observe_health(struct buf *to)
{
	put_json_header(to, "200 OK");
	buf_str(to, "\r\n{\"status\":\"ok\"}\n");
}

void
observe_readiness(struct authorizer *a, struct buf *to)
{
	enum readiness found = standing_ask(a->standing, &a->operators);
	const struct readiness_row *row = &readiness_table[found];

	if (found == READY_YES) {
		put_json_header(to, "200 OK");
		buf_fmt(to, "\r\n{\"status\":\"%s\"}\n", row->word);
		return;
	}
	put_json_header(to, "503 Service Unavailable");
	buf_fmt(to, "Retry-After: %d\r\n\r\n", RETRY_AFTER);
	buf_fmt(to, "{\"error\":\"%s\",\"message\":\"%s\"}\n", row->word, row->message);
}

/* What the broker tells; NULL where it does not. Borrowed until the next question. */
static const char *
ask_broker(struct ask *operators, size_t *n)
{
	struct buf question = BUF_INIT;
	const uint8_t *answer;
	struct frame f = { .len = 0 };
	size_t len;

	frame_put(&question, &(struct frame){ .kind = FRAME_METRICS });
	if (buf_failed(&question) || ask_question(operators, question.at, question.len,
					 METRICS_PATIENCE, &answer, &len) != 0 ||
	    frame_next(&answer, &len, &f) != 1 || f.kind != FRAME_METRICS)
		f = (struct frame){ .len = 0 };
	buf_fini(&question);
	*n = f.len;
	return f.len > 0 ? f.body : NULL;
}

void
observe_metrics(struct authorizer *a, struct buf *to)
{
	size_t n;
	const char *brokers = ask_broker(&a->operators, &n);

	buf_str(to, "Status: 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
	buf_str(to, "Cache-Control: no-store\r\n\r\n");
	tally_put(to, a->tally, (unsigned)a->workers, brokers != NULL);
	if (brokers != NULL)
		buf_add(to, brokers, n);
}
