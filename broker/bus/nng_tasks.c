/* nng_tasks – see nng_tasks.h. libnng 1.5.2. */
#include "nng_tasks.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>

#include <nng/nng.h>

#if NNG_MAJOR_VERSION != 1 || NNG_MINOR_VERSION != 5
#error "nng_tasks.c is for libnng 1.5: look whether its tasks are still of this form"
#endif

/* Of libnng's inside: how a task begins (core/taskq.h). `prepared` is an aio that was begun:
 * whoever is to see its task's end waits for it from then on. */
struct nni_task {
	struct nni_task *next; /* of a list that is the pool's, which such a task is not given to */
	void *previous;
	void *argument;
	void (*callback)(void *);
	void *pool;
	unsigned busy;
	bool prepared;
};

void nni_task_prep(struct nni_task *);
void nni_task_exec(struct nni_task *);

void __real_nni_task_dispatch(struct nni_task *);
int __real_epoll_wait(int, struct epoll_event *, int, int);

void __wrap_nni_task_dispatch(struct nni_task *);
int __wrap_epoll_wait(int, struct epoll_event *, int, int);

/* Of this thread, in the order in which they came. */
static _Thread_local struct {
	bool open;
	struct nni_task *first, *last;
} gathered;

void
tasks_gather(void)
{
	gathered.open = true;
}

void
__wrap_nni_task_dispatch(struct nni_task *task)
{
	if (!gathered.open || !task->callback) {
		__real_nni_task_dispatch(task);
		return;
	}
	if (!task->prepared) /* nobody else has the task now */
		nni_task_prep(task);
	task->next = NULL;
	if (gathered.last)
		gathered.last->next = task;
	else
		gathered.first = task;
	gathered.last = task;
}

static void
run_all(void)
{
	struct nni_task *task;

	while ((task = gathered.first)) {
		gathered.first = task->next;
		if (!gathered.first)
			gathered.last = NULL;
		task->next = NULL;
		nni_task_exec(task); /* after which it may be gone */
	}
}

void
tasks_run(void)
{
	run_all();
	gathered.open = false;
}

/* The poller's thread, which no other function of libnng's waits in. */
int
__wrap_epoll_wait(int fd, struct epoll_event *events, int most, int patience)
{
	tasks_gather();
	run_all();
	return __real_epoll_wait(fd, events, most, patience);
}
