/* Time, deadlines and cancelling. */
/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t
read_clock(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_steady_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
clock_wall_ms(void)
{
	return read_clock(CLOCK_REALTIME);
}

void
clock_text(int64_t wall_ms, char out[CLOCK_TEXT_SIZE])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm parts;
	char date[24];

	gmtime_r(&seconds, &parts);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(out, CLOCK_TEXT_SIZE, "%s.%03dZ", date, (int)(wall_ms % 1000));
}

struct deadline
deadline_in(int64_t ms)
{
	return (struct deadline){ clock_steady_ms() + ms };
}

struct deadline
deadline_sooner(struct deadline a, struct deadline b)
{
	return a.at_ms < b.at_ms ? a : b;
}

int64_t
deadline_left_ms(struct deadline deadline)
{
	int64_t left = deadline.at_ms - clock_steady_ms();

	return left > 0 ? left : 0;
}

bool
deadline_passed(struct deadline deadline)
{
	return deadline_left_ms(deadline) == 0;
}

void
cancel_ask(struct cancel *cancel)
{
	atomic_store(&cancel->asked, true);
}

bool
cancel_asked(const struct cancel *cancel)
{
	return cancel != NULL && atomic_load(&cancel->asked);
}

bool
clock_pause(int64_t ms, const struct cancel *cancel)
{
	struct deadline until = deadline_in(ms);

	while (!cancel_asked(cancel)) {
		int64_t left = deadline_left_ms(until);
		struct timespec nap = { 0 };

		if (left == 0)
			return true;
		if (left > CANCEL_SLICE_MS)
			left = CANCEL_SLICE_MS;
		nap.tv_nsec = (long)left * 1000000;
		nanosleep(&nap, NULL);
	}
	return false;
}
