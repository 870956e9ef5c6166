/* fuzz – what the fuzz targets share: an input as a row of choices, and a promise that must hold.
 *
 * A target is one file with LLVMFuzzerTestOneInput. Crashing is not the only thing it may not do:
 * each target says in `must` what is true of any answer, whatever the input. */
#ifndef BECKON_FUZZ_H
#define BECKON_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define must(promise)                                                                              \
	do {                                                                                       \
		if (!(promise)) {                                                                  \
			fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__,         \
			    #promise);                                                             \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* What is left of an input. Behind its end there are zeroes. */
struct input {
	const uint8_t *at;
	size_t left;
};

__attribute__((unused)) static uint8_t
input_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++;
}

__attribute__((unused)) static unsigned
input_below(struct input *in, unsigned n)
{
	return input_byte(in) % n;
}

/* The next n bytes, or as many as there are. */
__attribute__((unused)) static struct input
input_take(struct input *in, size_t n)
{
	struct input taken = { in->at, n < in->left ? n : in->left };

	in->at += taken.left;
	in->left -= taken.left;
	return taken;
}

/* What stands before the separator, which is dropped; all of it where there is none. As a string,
 * to be freed: a NUL ends it early. */
__attribute__((unused)) static char *
input_text(struct input *in, char separator)
{
	const uint8_t *end = in->left > 0 ? memchr(in->at, separator, in->left) : NULL;
	struct input taken = input_take(in, end != NULL ? (size_t)(end - in->at) : in->left);

	if (end != NULL)
		input_byte(in);
	return taken.left > 0 ? strndup((const char *)taken.at, taken.left) : strdup("");
}

/* A folder of this process's own, in memory, for what can only be read from files. Gone at the end. */
static char fuzz_folder[] = "/dev/shm/bk.fuzz.XXXXXX";

__attribute__((unused)) static void
fuzz_remove_folder(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", fuzz_folder);
	if (system(command) != 0)
		fprintf(stderr, "cannot remove %s\n", fuzz_folder);
}

__attribute__((unused)) static void
fuzz_make_folder(void)
{
	must(mkdtemp(fuzz_folder) != NULL);
	umask(077); /* secrets that others may read are refused */
	atexit(fuzz_remove_folder);
}

__attribute__((unused)) static const char *
fuzz_file(const char *name, const void *bytes, size_t n)
{
	static char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", fuzz_folder, name);
	f = fopen(path, "w");
	must(f != NULL && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
	return path;
}

#endif
