/* cage_filter – prints the system calls a handler may make, as a program for the kernel.
 *
 * A tool of the build, with a main of its own: libseccomp writes the filter once, here, instead of
 * in every handler that starts. What it prints is the inside of an array of struct sock_filter. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define CALL(name) SCMP_SYS(name)
/* An argument is this; its upper half, which the kernel does not read of an int, may be what it
 * likes. */
#define IS(argument, value) { argument, SCMP_CMP_MASKED_EQ, UINT32_MAX, value }

/* clang-format off */
static const struct {
	int call;
	unsigned conditions;
	struct scmp_arg_cmp condition[2];
} allowed[] = {
	/* Most frequent first. */
	{ CALL(poll),            0, {} },
	{ CALL(ppoll),           0, {} },
	{ CALL(read),            0, {} },
	{ CALL(write),           0, {} },
	{ CALL(sendto),          0, {} }, /* send(2) to the broker: it is connected */
	{ CALL(restart_syscall), 0, {} }, /* poll, after SIGSTOP and SIGCONT */
	{ CALL(clock_gettime),   0, {} }, /* where the vdso cannot tell */
	{ CALL(getpid),          0, {} }, /* for the log */
	{ CALL(ioctl),           1, { IS(1, FIONREAD) } }, /* has it been read? */
	{ CALL(getrandom),       0, {} },

	/* The broker, and its next one. */
	{ CALL(socket),          1, { IS(0, AF_UNIX) } },
	{ CALL(connect),         0, {} },
	{ CALL(close),           0, {} },

	/* The terminal or pipe that was made non-blocking. */
	{ CALL(fcntl),           1, { IS(1, F_GETFL) } },
	{ CALL(fcntl),           1, { IS(1, F_SETFL) } },

	/* malloc. */
	{ CALL(brk),             0, {} },
	{ CALL(mmap),            2, { IS(2, PROT_READ | PROT_WRITE),
	                              IS(3, MAP_PRIVATE | MAP_ANONYMOUS) } },
	{ CALL(mmap),            2, { IS(2, PROT_NONE),
	                              IS(3, MAP_PRIVATE | MAP_ANONYMOUS) } },
	{ CALL(mprotect),        1, { IS(2, PROT_READ | PROT_WRITE) } },
	{ CALL(mremap),          0, {} },
	{ CALL(munmap),          0, {} },
	{ CALL(madvise),         1, { IS(2, MADV_DONTNEED) } },
	{ CALL(madvise),         1, { IS(2, MADV_FREE) } },

	{ CALL(exit_group),      0, {} },
};
/* clang-format on */

static int
fill(scmp_filter_ctx filter)
{
	int rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a search, not a list */

	for (size_t i = 0; rc == 0 && i < sizeof allowed / sizeof *allowed; i++)
		rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, allowed[i].call,
		    allowed[i].conditions, allowed[i].condition);
	return rc; /* a call that this architecture does not have was passed over */
}

static int
print(scmp_filter_ctx filter)
{
	FILE *file = tmpfile();
	struct sock_filter step;
	int rc;

	if (file == NULL)
		return -errno;
	if ((rc = seccomp_export_bpf(filter, fileno(file))) == 0)
		rewind(file);
	while (rc == 0 && fread(&step, sizeof step, 1, file) == 1)
		printf("{ 0x%04x, %3u, %3u, 0x%08x },\n", (unsigned)step.code, (unsigned)step.jt,
		    (unsigned)step.jf, (unsigned)step.k);
	fclose(file);
	return rc;
}

int
main(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc = filter == NULL ? -ENOMEM : fill(filter);

	if (rc == 0)
		rc = print(filter);
	seccomp_release(filter);
	if (rc < 0)
		fprintf(stderr, "cage_filter: %s\n", strerror(-rc));
	return rc == 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
