/* A lock with a bell, and threads with small stacks. */
/* SPDX-License-Identifier: MIT */
#include "base/monitor.h"

#include <time.h>

void
monitor_init(struct monitor *monitor)
{
	pthread_mutex_init(&monitor->lock, NULL);
	pthread_cond_init(&monitor->bell, NULL);
}

void
monitor_clear(struct monitor *monitor)
{
	pthread_cond_destroy(&monitor->bell);
	pthread_mutex_destroy(&monitor->lock);
}

void
monitor_enter(struct monitor *monitor)
{
	pthread_mutex_lock(&monitor->lock);
}

void
monitor_leave(struct monitor *monitor)
{
	pthread_mutex_unlock(&monitor->lock);
}

void
monitor_ring(struct monitor *monitor)
{
	pthread_cond_broadcast(&monitor->bell);
}

/* The bell runs on the wall clock, which may be set while we wait; slices keep the
 * error of such a step below one slice, on every system alike. */
bool
monitor_wait(struct monitor *monitor, struct deadline until, const struct cancel *cancel)
{
	int64_t left = deadline_left_ms(until);
	struct timespec wake;

	if (left == 0 || cancel_asked(cancel))
		return false;
	if (left > CANCEL_SLICE_MS)
		left = CANCEL_SLICE_MS;
	clock_gettime(CLOCK_REALTIME, &wake);
	wake.tv_nsec += (long)left * 1000000;
	if (wake.tv_nsec >= 1000000000) {
		wake.tv_nsec -= 1000000000;
		wake.tv_sec++;
	}
	pthread_cond_timedwait(&monitor->bell, &monitor->lock, &wake);
	return !cancel_asked(cancel);
}

bool
thread_start(pthread_t *thread, void *(*run)(void *), void *context)
{
	pthread_attr_t attributes;
	int failed;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	failed = pthread_create(thread, &attributes, run, context);
	pthread_attr_destroy(&attributes);
	return failed == 0;
}
