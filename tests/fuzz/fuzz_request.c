/* What a client asks for: path, query and headers, once as the authorizer reads them (one line
 * each), once as the gateway hands them to a handler. What is accepted goes to the broker as it
 * was read, and nothing of a token stays in the environment. */
#include "fuzz.h"

#include "cgi.h"
#include "frame.h"

enum { PATH, QUERY, AUTHORIZATION, ORIGIN, ID, LINES };

#define ALPHANUMERIC "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool
consists_of(const char *text, const char *letters)
{
	return text[0] != '\0' && strspn(text, letters) == strlen(text);
}

static void
request_is_formed(const struct request *r)
{
	must(r->endpoint < ENDPOINTS);
	must(consists_of(r->room, ALPHANUMERIC "_.~-"));
	must(strcmp(r->room, ".") != 0 && strcmp(r->room, "..") != 0);
	must(consists_of(r->token, ALPHANUMERIC "-_."));
	must(!r->resume || consists_of(r->epoch, ALPHANUMERIC));
}

static void
field_is(const struct fields *f, enum field tag, const char *expected)
{
	must(f->value[tag].at != NULL && f->value[tag].len == strlen(expected));
	must(memcmp(f->value[tag].at, expected, strlen(expected)) == 0);
}

static void
join_says_what_was_read(const struct cgi *c)
{
	struct buf b = BUF_INIT;
	struct fields fields;
	const uint8_t *at;
	struct frame f;
	size_t len;

	cgi_put_join(c, &b);
	at = (const uint8_t *)b.at;
	len = b.len;
	must(frame_next(&at, &len, &f) == 1 && len == 0 && f.kind == FRAME_JOIN);
	must(fields_read(&fields, f.body, f.len) == 0);
	field_is(&fields, FIELD_ENDPOINT, endpoint_name(c->request.endpoint));
	field_is(&fields, FIELD_ROOM, c->request.room);
	field_is(&fields, FIELD_TOKEN, c->request.token);
	field_is(&fields, FIELD_CONNECTION, c->connection);
	must((fields.value[FIELD_RESUME].at != NULL) == c->request.resume);
	buf_fini(&b);
}

static void
handler_reads(char *line[LINES])
{
	static const char *const names[LINES] = { "PATH_INFO", "QUERY_STRING", "HTTP_AUTHORIZATION",
		"HTTP_ORIGIN", "HTTP_X_REQUEST_ID" };
	struct cgi *c = malloc(sizeof(*c));
	char *environment[LINES + 1] = { NULL };

	for (int i = 0; i < LINES; i++)
		must(asprintf(&environment[i], "%s=%s", names[i], line[i]) > 0);
	if (cgi_read(c, environment, 1) == REFUSED_NOT) {
		request_is_formed(&c->request);
		join_says_what_was_read(c);
	}
	must(c->connection[0] != '\0');
	cgi_wipe(c, environment);
	must(c->request.token[0] == '\0');
	must(environment[QUERY][strlen("QUERY_STRING=")] == '\0');
	must(environment[AUTHORIZATION][strlen("HTTP_AUTHORIZATION=")] == '\0');
	for (int i = 0; i < LINES; i++)
		free(environment[i]);
	free(c);
}

static void
authorizer_reads(char *line[LINES])
{
	struct request *r = malloc(sizeof(*r));

	memset(r, 0xa5, sizeof(*r));
	if (request_read_path(r, line[PATH], PATH_ENCODED) == REFUSED_NOT &&
	    request_read_query(r, line[QUERY], line[AUTHORIZATION]) == REFUSED_NOT)
		request_is_formed(r);
	free(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct input in = { at, len };
	char *line[LINES];

	for (int i = 0; i < LINES; i++)
		line[i] = input_text(&in, '\n');
	authorizer_reads(line);
	handler_reads(line);
	for (int i = 0; i < LINES; i++)
		free(line[i]);
	return 0;
}
