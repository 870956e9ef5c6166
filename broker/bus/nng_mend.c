/* nng_mend – five faults of libnng 1.5.2, mended at the linker's seams.
 *
 * An ugliness, and here is the reason. A handler may be killed at any moment, with requests and
 * replies under way. libnng 1.5.2 (Debian 12) then does one of the first three:
 *
 * 1. It waits for ever. nni_aio_begin refuses an aio that is being closed, and by 1.5.2's own
 *    convention nobody calls its callback then. But the ipc transport, having read the head of a
 *    message, goes on to the body (or from one part of a large message to the next) without
 *    looking whether the pipe has been closed meanwhile; its aio is refused, and the aio of the
 *    protocol above it, which waits for this one, is never finished. The reaper, of which there is
 *    one, waits for that: from then on no pipe is taken down and nobody's departure is reported.
 *    Clients that connect, send a few requests and vanish brought this about after 4 to 200 of
 *    them. The same silence leaks the message where a protocol hands one to a closed pipe.
 *
 * 2. It uses freed memory. A message queue takes an aio that is being closed into its list where
 *    it has room, and counts on handing it on at once; but where others wait before it, it may stay
 *    there, and nothing takes it out when its pipe is freed.
 *
 * 3. It shuts the door. A client that is gone again before it was sent the greeting makes that fail
 *    with EPIPE, which 1.5.2 reads as NNG_ECLOSED (posix_debug.c); its listener takes that for its
 *    own end (listener.c, listener_accept_cb) and accepts nobody any more. ECONNRESET it
 *    understands, and means the same.
 *
 * 4. It starts three threads for each core, and more: some 110 on 32 cores, for work that one
 *    or two can do.
 *
 * 5. It keeps to itself that it is out of descriptors: its listener tries again and again to accept
 *    who is waiting, in peace, and says nothing.
 *
 * Mended by giving the silence its answer, taking the aio out of the list again, calling EPIPE by
 * the other name, telling of few cores, and counting for bus_unaccepted. When a message came it
 * does not tell, either; that is noted for bus_arrival. The broker is linked with
 * Debian's libnng.a and the linker's --wrap for the functions below (see the Makefile); elsewhere
 * in libnng they are called as ever. test_bus.c has the clients that vanish; without this it does
 * not come to an end. Not for other versions of libnng: later ones differ. */
#include "bus.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <nng/nng.h>

#include "clock.h"

#if NNG_MAJOR_VERSION != 1 || NNG_MINOR_VERSION != 5
#error "nng_mend.c is for libnng 1.5: look whether this one needs it, and in which form"
#endif

/* Of libnng's inside. A queue begins with its lock. */
struct nni_msgq;
struct nni_mtx;
struct nni_pipe;

void nni_mtx_lock(struct nni_mtx *);
void nni_mtx_unlock(struct nni_mtx *);
void nni_aio_finish_error(nng_aio *, int);
int nni_aio_list_active(nng_aio *);
void nni_aio_list_remove(nng_aio *);

typedef void aio_cancel(nng_aio *, void *, int);

int __real_nni_aio_begin(nng_aio *);
int __real_nni_aio_schedule(nng_aio *, aio_cancel *, void *);
void __real_nng_stream_recv(nng_stream *, nng_aio *);
void __real_nng_stream_send(nng_stream *, nng_aio *);
void __real_nni_pipe_send(struct nni_pipe *, nng_aio *);
void __real_nni_msgq_aio_put(struct nni_msgq *, nng_aio *);
ssize_t __real_sendmsg(int, const struct msghdr *, int);
int __real_accept(int, struct sockaddr *, socklen_t *);

int __wrap_nni_aio_begin(nng_aio *);
int __wrap_nni_aio_schedule(nng_aio *, aio_cancel *, void *);
void __wrap_nng_stream_recv(nng_stream *, nng_aio *);
void __wrap_nng_stream_send(nng_stream *, nng_aio *);
void __wrap_nni_pipe_send(struct nni_pipe *, nng_aio *);
void __wrap_nni_msgq_aio_put(struct nni_msgq *, nng_aio *);
ssize_t __wrap_sendmsg(int, const struct msghdr *, int);
int __wrap_nni_plat_ncpu(void);
int __wrap_accept(int, struct sockaddr *, socklen_t *);

/* That libnng is told of. Its threads hand each message on to one another: with those of two cores
 * a join costs the broker 0.38 ms instead of 0.34, and on a busy machine (load 10) small rooms wait
 * 6 to 62 ms for a message at the median, instead of 0.6 to 6. */
enum { CORES = 1 };

/* What the call under way in this thread came to. */
static _Thread_local nng_aio *refused, *unscheduled;

int
__wrap_nni_aio_begin(nng_aio *aio)
{
	int error = __real_nni_aio_begin(aio);

	if (error != 0)
		refused = aio;
	return error;
}

int
__wrap_nni_aio_schedule(nng_aio *aio, aio_cancel *cancel, void *context)
{
	int error = __real_nni_aio_schedule(aio, cancel, context);

	if (error != 0)
		unscheduled = aio;
	return error;
}

/* Its callback runs later, in a thread of libnng's; whoever frees the aio waits for it. */
static void
answer_if_refused(nng_aio *aio)
{
	if (refused == aio)
		nni_aio_finish_error(aio, NNG_ECLOSED);
	refused = NULL;
}

void
__wrap_nng_stream_recv(nng_stream *stream, nng_aio *aio)
{
	refused = NULL;
	__real_nng_stream_recv(stream, aio);
	answer_if_refused(aio);
}

void
__wrap_nng_stream_send(nng_stream *stream, nng_aio *aio)
{
	refused = NULL;
	__real_nng_stream_send(stream, aio);
	answer_if_refused(aio);
}

void
__wrap_nni_pipe_send(struct nni_pipe *pipe, nng_aio *aio)
{
	refused = NULL;
	__real_nni_pipe_send(pipe, aio);
	answer_if_refused(aio);
}

/* Is it waiting in the queue, although nothing will ever cancel it? Then not any more. */
static bool
take_out(struct nni_msgq *queue, nng_aio *aio)
{
	bool waiting;

	nni_mtx_lock((struct nni_mtx *)queue);
	waiting = nni_aio_list_active(aio);
	if (waiting)
		nni_aio_list_remove(aio);
	nni_mtx_unlock((struct nni_mtx *)queue);
	return waiting;
}

static _Atomic int64_t arrival;

/* Replies come by here as well: see bus_arrival. */
static void
note_arrival(void)
{
	int64_t none = 0;

	if (atomic_load_explicit(&arrival, memory_order_relaxed) == 0)
		atomic_compare_exchange_strong(&arrival, &none, now_us());
}

int64_t
bus_arrival(void)
{
	return atomic_exchange(&arrival, 0);
}

void
__wrap_nni_msgq_aio_put(struct nni_msgq *queue, nng_aio *aio)
{
	note_arrival();
	refused = unscheduled = NULL;
	__real_nni_msgq_aio_put(queue, aio);
	answer_if_refused(aio);
	/* The pipe is not freed before the callback that we are called from has come back. */
	if (unscheduled == aio && take_out(queue, aio))
		nni_aio_finish_error(aio, NNG_ECLOSED);
	unscheduled = NULL;
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t n = __real_sendmsg(fd, message, flags);

	if (n < 0 && errno == EPIPE)
		errno = ECONNRESET;
	return n;
}

int
__wrap_nni_plat_ncpu(void)
{
	return CORES;
}

static atomic_uint unaccepted;

int
__wrap_accept(int fd, struct sockaddr *peer, socklen_t *len)
{
	int got = __real_accept(fd, peer, len);

	if (got < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
		atomic_fetch_add(&unaccepted, 1);
	return got;
}

unsigned
bus_unaccepted(void)
{
	return atomic_load(&unaccepted);
}
