/* load – puts one kind of load on a server on this machine, counts exactly, and prints a JSON line.
 *
 *	load -d DIALECT -p PORT [-s SECRET_FILE -k KID] [-c CAPS] SCENARIO [name=number …]
 *
 * All loads but `closed` are open: what is to be said is said at its time, whether the server keeps
 * up or not, and lateness counts from that time. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "crowd.h"
#include "scenario.h"

static const char usage[] =
    "usage: load -d DIALECT -p PORT [-s SECRET_FILE -k KID] [-c CAPS] SCENARIO [name=number ...]\n";

static char secret[4096];

static int
read_secret(struct crowd *c, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, secret, sizeof secret);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return -1;
	while (n > 0 && secret[n - 1] == '\n')
		n--;
	c->secret = secret;
	c->secret_len = (size_t)n;
	return 0;
}

static double
cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
print(const struct crowd *c, const struct result *r, double cpu)
{
	printf("{\"ok\":%s,\"seconds\":%.3f,\"in\":%zu,\"refused\":%llu,\"closed\":%llu,"
	    "\"expected\":%llu,\"delivered\":%llu,\"lost\":%lld,\"doubled\":%llu,"
	    "\"reordered\":%llu,"
	    "\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"join50\":%.3f,\"join99\":%.3f,"
	    "\"rate\":%.1f,\"loadCpu\":%.3f}\n",
	    r->ok ? "true" : "false", r->seconds, c->in, (unsigned long long)c->refused,
	    (unsigned long long)c->closed, (unsigned long long)c->expected,
	    (unsigned long long)c->delivered, (long long)(c->expected - c->delivered),
	    (unsigned long long)c->doubled, (unsigned long long)c->reordered,
	    hist_share(&c->latency, 0.5),
	    hist_share(&c->latency, 0.99), hist_share(&c->latency, 0.999),
	    hist_share(&c->joining, 0.5), hist_share(&c->joining, 0.99), r->rate,
	    r->seconds > 0 ? cpu / r->seconds : 0);
}

/* A socket each, and the system's own. */
static void
raise_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

int
main(int argc, char **argv)
{
	const struct dialect *dialect = NULL;
	const char *file = NULL, *kid = "", *caps = "";
	struct result result = { 0 };
	struct crowd c;
	int letter, port = 0;

	while ((letter = getopt(argc, argv, "d:p:s:k:c:")) != -1) {
		switch (letter) {
		case 'd': dialect = dialect_find(optarg); break;
		case 'p': port = atoi(optarg); break;
		case 's': file = optarg; break;
		case 'k': kid = optarg; break;
		case 'c': caps = optarg; break;
		default: fputs(usage, stderr); return 100;
		}
	}
	if (!dialect || port == 0 || optind >= argc) {
		fputs(usage, stderr);
		return 100;
	}
	signal(SIGPIPE, SIG_IGN);
	raise_limit();
	crowd_init(&c, dialect, port);
	c.kid = kid;
	c.caps = caps;
	if (file && read_secret(&c, file) < 0) {
		perror(file);
		return 111;
	}
	if (scenario_run(&c, argv[optind], argv + optind + 1, &result) < 0) {
		fputs(usage, stderr);
		return 100;
	}
	print(&c, &result, result.cpu_to - result.cpu_from);
	crowd_fini(&c);
	return 0;
}

double
load_cpu(void)
{
	return cpu_seconds();
}
