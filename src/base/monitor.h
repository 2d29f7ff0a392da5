/* A lock with a bell: the one way threads meet here. Hold it briefly, never across a
 * call that can block. */
/* SPDX-License-Identifier: MIT */
#ifndef BASE_MONITOR_H
#define BASE_MONITOR_H

#include <pthread.h>
#include <stdbool.h>

#include "base/clock.h"

struct monitor {
	pthread_mutex_t lock;
	pthread_cond_t bell;
};

void monitor_init(struct monitor *monitor);
void monitor_clear(struct monitor *monitor);

void monitor_enter(struct monitor *monitor);
void monitor_leave(struct monitor *monitor);

/* Wakes all that wait. Call it between enter and leave. */
void monitor_ring(struct monitor *monitor);

/* Waits, with the lock released, until a ring, the deadline, or one CANCEL_SLICE_MS
 * has gone by: the caller loops over its own condition. False when the deadline has
 * passed or the wait is cancelled. */
bool monitor_wait(
	struct monitor *monitor, struct deadline until, const struct cancel *cancel);

/* Starts a thread with a small stack; the caller joins it. False: none could be had. */
#define THREAD_STACK_BYTES (256 * 1024)
bool thread_start(pthread_t *thread, void *(*run)(void *), void *context);

#endif
