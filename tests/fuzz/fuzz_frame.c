/* Frames and the fields in them: what is read, written again, is what was read. */
#include "fuzz.h"

#include "frame.h"

static void
look_at_fields(const struct frame *f)
{
	struct fields fields;
	char text[64];

	if (fields_read(&fields, f->body, f->len) < 0)
		return;
	for (enum field tag = 1; tag < FIELDS; tag++) {
		const char *at = fields.value[tag].at, *body = f->body;
		int n = field_copy(&fields, tag, text, sizeof(text));

		must(at == NULL || (at >= body && at + fields.value[tag].len <= body + f->len));
		must(n < 0 || (at != NULL && (size_t)n == strlen(text)));
		for (int i = 0; i < n; i++)
			must((unsigned char)text[i] >= 0x20);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	const uint8_t *rest = at;
	struct buf again = BUF_INIT;
	size_t left = len;
	struct frame f;
	int rc;

	while ((rc = frame_next(&rest, &left, &f)) > 0) {
		look_at_fields(&f);
		frame_put(&again, &f);
	}
	must(rc < 0 || left == 0);
	must(again.len == len - left);
	must(again.len == 0 || memcmp(again.at, at, again.len) == 0);
	buf_fini(&again);
	return 0;
}
