/* The configuration: a file, and behind a NUL each the variables of an environment. */
#include "fuzz.h"

#include "conf.h"
#include "options.h"

enum { VARIABLES_MAX = 16 };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	fuzz_make_folder();
	return 0;
}

static void
conf_is_whole(const struct conf *c)
{
	for (int i = 0; i < CONF_KEYS; i++) {
		const struct conf_row *row = &conf_table[i];

		must(c->text[i] != NULL && c->from[i] != NULL);
		if (row->type == CONF_NUMBER)
			must(c->number[i] >= row->min && c->number[i] <= row->max);
		if (row->type == CONF_TEXT)
			must(strlen(c->text[i]) <= (size_t)row->max);
	}
}

static void
complaint_is_one_printable_line(const char *why)
{
	must(why[0] != '\0');
	for (; *why != '\0'; why++)
		must((unsigned char)*why >= 0x20 && *why != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct input in = { at, len };
	const uint8_t *end = len > 0 ? memchr(at, '\0', len) : NULL;
	struct input file = input_take(&in, end != NULL ? (size_t)(end - at) : len);
	const char *path = fuzz_file("beckon.conf", file.at, file.left);
	char *environment[VARIABLES_MAX + 1] = { NULL };
	char why[512] = "";
	struct conf c;

	input_byte(&in);
	for (int i = 0; i < VARIABLES_MAX && in.left > 0; i++)
		environment[i] = input_text(&in, '\0');
	if (conf_load(&c, path, environment, why, sizeof(why)) == 0)
		conf_is_whole(&c);
	else
		complaint_is_one_printable_line(why);
	conf_free(&c);
	for (int i = 0; i < VARIABLES_MAX; i++)
		free(environment[i]);
	return 0;
}
