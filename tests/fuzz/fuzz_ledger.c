/* The ledger a broker left: written, then cut and damaged. What is read back are the first of the
 * records, as they were written; what stands behind the damage is not believed. */
#include "fuzz.h"

#include <sys/stat.h>

#include "ledger.h"

enum { FORMAT = 7, RECORDS_MAX = 32 };

struct seen {
	struct input record[RECORDS_MAX];
	int written;
	long read;
};

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	fuzz_make_folder();
	return 0;
}

static int
see(void *context, const void *record, size_t len)
{
	struct seen *s = context;
	const struct input *right = &s->record[s->read];

	must(s->read < s->written);
	must(right->left == len && (len == 0 || memcmp(right->at, record, len) == 0));
	s->read++;
	return 0;
}

static void
write_records(const char *path, struct input *in, struct seen *s)
{
	int more = (int)input_below(in, RECORDS_MAX);
	struct ledger *l;
	char why[160];

	s->record[s->written++] = input_take(in, input_byte(in));
	l = ledger_open(path, FORMAT, s->record[0].at, s->record[0].left, why, sizeof(why));
	must(l != NULL);
	for (; more > 0 && in->left > 0; more--, s->written++) {
		s->record[s->written] = input_take(in, input_byte(in));
		must(ledger_append(l, s->record[s->written].at, s->record[s->written].left) == 0);
	}
	ledger_close(l);
}

/* Turns bits of one byte, or cuts the file there. */
static void
damage(const char *path, struct input *in)
{
	uint8_t bits = input_byte(in), high = input_byte(in), low = input_byte(in);
	FILE *f = fopen(path, "r+");
	struct stat st;
	long at;
	int c;

	must(f != NULL && fstat(fileno(f), &st) == 0);
	at = (high << 8 | low) % (st.st_size + 1);
	fseek(f, at, SEEK_SET);
	if (bits == 0)
		must(ftruncate(fileno(f), at) == 0);
	else if ((c = fgetc(f)) != EOF && fseek(f, at, SEEK_SET) == 0)
		fputc(c ^ bits, f);
	fclose(f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct input in = { at, len };
	struct seen s = { .written = 0 };
	bool whole = input_byte(&in) % 2 == 0;
	struct input bits = input_take(&in, 3);
	size_t lost;
	char path[64];

	snprintf(path, sizeof(path), "%s/ledger", fuzz_folder);
	write_records(path, &in, &s);
	if (!whole)
		damage(path, &bits);
	must(ledger_read(path, FORMAT, see, &s, &lost) == s.read);
	must(!whole || (s.read == s.written && lost == 0));
	s.read = 0;
	must(ledger_read(path, FORMAT + 1, see, &s, &lost) == 0);
	return 0;
}
