/* Time, deadlines and cancelling: the only place that asks the system for the time. */
/* SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Milliseconds that only go forward; for patience and rates. */
int64_t clock_steady_ms(void);

/* Milliseconds since 1970, UTC; for journals and events. */
int64_t clock_wall_ms(void);

/* "2024-05-01T10:20:30.123Z", UTC. */
#define CLOCK_TEXT_SIZE 32
void clock_text(int64_t wall_ms, char out[CLOCK_TEXT_SIZE]);

struct deadline {
	int64_t at_ms; /* on the steady clock */
};

struct deadline deadline_in(int64_t ms);
struct deadline deadline_sooner(struct deadline a, struct deadline b);
int64_t deadline_left_ms(struct deadline deadline); /* 0 when passed, never negative */
bool deadline_passed(struct deadline deadline);

/* Asked once, never taken back. One may serve many jobs. */
struct cancel {
	atomic_bool asked;
};

void cancel_ask(struct cancel *cancel);
bool cancel_asked(const struct cancel *cancel); /* NULL: never */

/* A wait hears a cancel within this many milliseconds. */
#define CANCEL_SLICE_MS 50

/* Sleeps; false as soon as cancelled. */
bool clock_pause(int64_t ms, const struct cancel *cancel);

#endif
