/* Runs many jobs with a bounded number of threads. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_SCHEDULER_H
#define FLEET_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/memory.h"

struct scheduler;

#define SCHEDULER_THREADS_MOST 1024

/* Calls run(context, index) once for every index below `jobs`, in order, in at most
 * `threads` threads at the same time. After a cancel no further job is started; those
 * that run come to their own end. NULL with E-SYSTEM when not one thread can be had;
 * with fewer than asked it goes on. */
struct scheduler *scheduler_start(size_t jobs, unsigned threads,
	void (*run)(void *context, size_t index), void *context,
	const struct cancel *cancel, struct err *err);

/* True while a job runs or waits to be started. */
bool scheduler_is_busy(struct scheduler *scheduler);

/* Waits for the threads. */
void scheduler_free(struct scheduler *scheduler);
DEFINE_OWN(scheduler)

#endif
