/* api_describe – see api_describe.h. */
#include "api_describe.h"

#include "api_route.h"

void
api_describe(struct buf *to)
{
	const struct api_route *r;

	buf_str(to, "method\tpath\tscope\tbody\n");
	for (size_t i = 0; (r = api_route_at(i)) != NULL; i++)
		buf_fmt(to, "%s\t/api/%s\t%s\t%s\n", r->method, r->path, scope_name(r->scope),
		    r->body != NULL ? r->body : "-");
}

void
api_describe_errors(struct buf *to)
{
	buf_str(to, "word\tstatus\tmessage\n");
	for (int i = FAULT_NONE + 1; i < FAULTS; i++)
		buf_fmt(to, "%s\t%d\t%s\n", api_fault_table[i].word, api_fault_table[i].status,
		    api_fault_table[i].message);
}
