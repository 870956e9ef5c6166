/* The records of a core that crashed. Whatever they are, a core that takes them can go on: it can
 * be described, kept again, and read back from that. */
#include "fuzz.h"

#include "core.h"

static void
outbox_reads(const struct outbox *out)
{
	for (size_t i = 0; i < out->count; i++)
		must(out->list[i].at + out->list[i].len <= out->bytes.len);
}

static void
go_on(struct core *c)
{
	struct outbox out = { 0 };
	struct buf text = BUF_INIT, kept = BUF_INIT, again = BUF_INIT;
	struct core *twin = core_new(NULL);

	core_describe(c, &text, NULL);
	must(json_valid(text.at, text.len));
	core_keep_all(c, &kept);
	must(core_restore(twin, kept.at, kept.len) == 0 && core_restored(twin) == 0);
	core_describe(twin, &again, NULL);
	must(text.len == again.len && memcmp(text.at, again.at, text.len) == 0);
	core_tick(c, core_now(c), &out);
	core_event(c, 1, UINT64_MAX, "{\"event\":\"leave\"}", 17, core_now(c), &out);
	core_gone(c, 2, "closed", core_now(c), &out);
	outbox_reads(&out);
	core_free(twin);
	outbox_fini(&out);
	buf_fini(&text);
	buf_fini(&kept);
	buf_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct core *c = core_new(NULL);

	if (core_restore(c, at, len) == 0 && core_restored(c) == 0)
		go_on(c);
	core_free(c);
	return 0;
}
