/* cgi – see cgi.h. */
#include "cgi.h"

#include <stdio.h>
#include <string.h>

#include "endpoint.h"
#include "frame.h"

/* The value of a variable, or NULL. */
static const char *
value_of(char *const *environment, const char *name)
{
	size_t n = strlen(name);

	for (; *environment != NULL; environment++)
		if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=')
			return *environment + n + 1;
	return NULL;
}

/* It goes into logs and to other programs: letters, digits and these others, cut to the bound.
 * Returns whether anything is left. */
static bool
copy_plain(char *to, size_t most, const char *value, const char *others)
{
	size_t n = 0;

	for (; value != NULL && value[n] != '\0' && n < most; n++) {
		char lower = value[n] | 0x20;

		if (!(lower >= 'a' && lower <= 'z') && !(value[n] >= '0' && value[n] <= '9') &&
		    strchr(others, value[n]) == NULL)
			break;
		to[n] = value[n];
	}
	to[n] = '\0';
	return n > 0;
}

static void
name_connection(struct cgi *c, char *const *environment, long pid)
{
	const char *id = value_of(environment, "HTTP_X_REQUEST_ID");

	if (!copy_plain(c->connection, CONNECTION_ID_MAX, id, "-_") &&
	    !copy_plain(c->connection, CONNECTION_ID_MAX, value_of(environment, "UNIQUE_ID"), "-_"))
		snprintf(c->connection, sizeof c->connection, "%ld", pid);
	copy_plain(c->address, ADDRESS_MAX, value_of(environment, "HTTP_X_REAL_IP"), ".:");
}

enum refusal
cgi_read(struct cgi *c, char *const *environment, long pid)
{
	const char *origin = value_of(environment, "HTTP_ORIGIN");

	*c = (struct cgi){ 0 };
	name_connection(c, environment, pid);
	enum refusal why = request_read_path(&c->request, value_of(environment, "PATH_INFO"),
	    PATH_DECODED);
	if (why != REFUSED_NOT)
		return why;
	if (origin != NULL && strlen(origin) > ORIGIN_MAX)
		return REFUSED_ORIGIN;
	strcpy(c->origin, origin == NULL ? "" : origin);
	return request_read_query(&c->request, value_of(environment, "QUERY_STRING"),
	    value_of(environment, "HTTP_AUTHORIZATION"));
}

static void
put_wishes(const struct request *r, struct buf *to)
{
	char resume[sizeof r->epoch + 1 + 20];

	if (r->batch || r->delta)
		field_str(to, FIELD_CAPS,
		    !r->delta ? "batch" : !r->batch ? "delta" : "batch,delta");
	if (!r->resume)
		return;
	snprintf(resume, sizeof resume, "%s.%llu", r->epoch, (unsigned long long)r->seq);
	field_str(to, FIELD_RESUME, resume);
}

void
cgi_put_join(const struct cgi *c, struct buf *to)
{
	const struct request *r = &c->request;

	if (buf_reserve(to, FRAME_HEAD + strlen(r->token) + 1024) == NULL)
		return;
	size_t begin = frame_begin(to, &(struct frame){ .kind = FRAME_JOIN });
	field_str(to, FIELD_ENDPOINT, endpoint_name(r->endpoint));
	field_str(to, FIELD_ROOM, r->room);
	field_str(to, FIELD_TOKEN, r->token);
	if (c->origin[0] != '\0')
		field_str(to, FIELD_ORIGIN, c->origin);
	field_str(to, FIELD_CONNECTION, c->connection);
	if (c->address[0] != '\0')
		field_str(to, FIELD_ADDRESS, c->address);
	put_wishes(r, to);
	frame_end(to, begin);
}

/* All of it: tokens are in several of these, as they stand or percent-encoded, and nobody needs the
 * rest any more. */
void
cgi_wipe(struct cgi *c, char **environment)
{
	for (; *environment != NULL; environment++)
		explicit_bzero(*environment, strlen(*environment));
	request_wipe(&c->request);
}
