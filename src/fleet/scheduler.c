/* Workers that take the next job until there is none, or until the user interrupts. */
/* SPDX-License-Identifier: MIT */
#include "fleet/scheduler.h"

#include "base/log.h"
#include "base/monitor.h"

struct scheduler {
	struct monitor door;
	size_t next, jobs;
	unsigned working; /* threads that have not ended */
	void (*run)(void *context, size_t index);
	void *context;
	const struct cancel *cancel;
	unsigned threads;
	pthread_t thread[];
};

static bool
take_next(struct scheduler *scheduler, size_t *index)
{
	bool taken;

	monitor_enter(&scheduler->door);
	taken = scheduler->next < scheduler->jobs && !cancel_asked(scheduler->cancel);
	if (taken)
		*index = scheduler->next++;
	else
		scheduler->working--;
	monitor_leave(&scheduler->door);
	return taken;
}

static void *
work(void *context)
{
	struct scheduler *scheduler = context;
	size_t index;

	while (take_next(scheduler, &index))
		scheduler->run(scheduler->context, index);
	return NULL;
}

/* Counted before the thread runs, so that nobody sees an idle moment in between. */
static bool
start_one(struct scheduler *scheduler)
{
	bool started;

	monitor_enter(&scheduler->door);
	scheduler->working++;
	monitor_leave(&scheduler->door);
	started = thread_start(&scheduler->thread[scheduler->threads], work, scheduler);
	if (started) {
		scheduler->threads++;
		return true;
	}
	monitor_enter(&scheduler->door);
	scheduler->working--;
	monitor_leave(&scheduler->door);
	return false;
}

struct scheduler *
scheduler_start(size_t jobs, unsigned threads, void (*run)(void *context, size_t index),
	void *context, const struct cancel *cancel, struct err *err)
{
	size_t wanted = threads < jobs ? threads : jobs;
	struct scheduler *scheduler = xcalloc(
		1, sizeof *scheduler + wanted * sizeof(pthread_t));

	monitor_init(&scheduler->door);
	scheduler->jobs = jobs;
	scheduler->run = run;
	scheduler->context = context;
	scheduler->cancel = cancel;
	while (scheduler->threads < wanted && start_one(scheduler))
		;
	if (scheduler->threads < wanted)
		log_debug("only %u threads of %zu", scheduler->threads, wanted);
	if (scheduler->threads > 0 || jobs == 0)
		return scheduler;
	scheduler_free(scheduler);
	err_set(err, &err_system, "this computer gives the program no thread");
	return NULL;
}

bool
scheduler_is_busy(struct scheduler *scheduler)
{
	bool busy;

	monitor_enter(&scheduler->door);
	busy = scheduler->working > 0;
	monitor_leave(&scheduler->door);
	return busy;
}

void
scheduler_free(struct scheduler *scheduler)
{
	if (scheduler == NULL)
		return;
	for (unsigned i = 0; i < scheduler->threads; i++)
		pthread_join(scheduler->thread[i], NULL);
	monitor_clear(&scheduler->door);
	free(scheduler);
}
