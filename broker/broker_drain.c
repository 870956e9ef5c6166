/* broker_drain – everybody's way out: nobody is let in any more, and those inside are seen off, one
 * after the other. See broker.h and drain.h.
 *
 * TERM for the broker is none of this: connections outlive it, and wait for the next one. A drain
 * is the end of the service, or of its stay on this machine, and an operator's decision. So it
 * holds across a broker that dies meanwhile, by an empty file in the folder, which whoever starts
 * the service anew removes. */
#include "broker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
	RETRY_FIRST = 3, /* s, where there is no drain: somebody has to leave first … */
	RETRY_SPREAD = 8, /* … and all who wait for that are not to come at once */
};

static void
mark_path(const struct broker *b, char path[SOCKET_PATH_MAX + 1])
{
	snprintf(path, SOCKET_PATH_MAX + 1, "%s/draining", b->conf.folder);
}

static uint32_t
random_number(void)
{
	uint32_t n;

	/* Without randomness they come back together, which is no reason to keep them. */
	return getrandom(&n, sizeof n, GRND_NONBLOCK) == sizeof n ? n : 0;
}

static size_t
count_inside(const struct broker *b)
{
	size_t n = 0;

	for (const struct peer *p = b->registry.by_session; p; p = p->by_session.next)
		n += !p->over;
	return n;
}

static void
begin(struct broker *b)
{
	drain_begin(&b->drain, count_inside(b), b->conf.drain_time, b->now);
	b->drain_at = drain_due(&b->drain, b->drain.total);
	log_line(LOG_INFO, "draining", "connections=%zu ms=%" PRId64, b->drain.total,
	    b->drain.span);
}

void
broker_drain_open(struct broker *b)
{
	char path[SOCKET_PATH_MAX + 1];

	b->drain_at = INT64_MAX;
	mark_path(b, path);
	if (access(path, F_OK) == 0)
		begin(b);
}

void
broker_drain(struct broker *b)
{
	char path[SOCKET_PATH_MAX + 1];
	int fd;

	if (b->drain.on)
		return;
	mark_path(b, path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		log_line(LOG_ERROR, "drain_unmarked", "path=%s why=\"%s\"", path, strerror(errno));
	else
		close(fd);
	begin(b);
}

void
broker_undrain(struct broker *b)
{
	char path[SOCKET_PATH_MAX + 1];

	mark_path(b, path);
	unlink(path);
	if (b->drain.on)
		log_line(LOG_INFO, "undrained", "connections=%zu", count_inside(b));
	b->drain.on = false;
	b->drain_at = INT64_MAX;
}

void
broker_drain_on(struct broker *b)
{
	size_t left, go;

	if (b->now < b->drain_at)
		return;
	left = count_inside(b);
	go = drain_take(&b->drain, left, b->now);
	for (struct peer *p = b->registry.by_session; p && go > 0; p = p->by_session.next) {
		if (p->over)
			continue;
		broker_see_off(b, p, BYE_DRAINING,
		    drain_return(&b->drain, b->now, random_number()));
		left--;
		go--;
	}
	b->drain_at = drain_due(&b->drain, left);
}

int
broker_retry_seconds(const struct broker *b)
{
	if (!b->drain.on)
		return RETRY_FIRST + (int)(random_number() % RETRY_SPREAD);
	return (int)((drain_return(&b->drain, b->now, random_number()) + 999) / 1000);
}
