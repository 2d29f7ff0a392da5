/* The job board: what every job is doing right now, for the screen and for --json.
 * One door, one lock. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_BOARD_H
#define FLEET_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/memory.h"
#include "base/monitor.h"

enum job_outcome {
	JOB_RUNNING,
	JOB_WAITING, /* not started yet */
	JOB_DONE, /* proven: the new firmware answered and named its version */
	JOB_RETRY, /* failed before the image was sent: may be tried again */
	JOB_GAVE_UP, /* trying again will not help */
	JOB_NEEDS_HANDS, /* flashed but not proven, or fell silent after the image was sent */
	JOB_STOPPED /* the user interrupted before it was started or finished */
};

struct job_view {
	char device[33];
	const char *step; /* a flash_step name, "" before the first */
	unsigned per_mille; /* of the whole job */
	uint64_t bytes, total; /* of the download */
	double bytes_per_second; /* over the last seconds, 0 outside a download */
	int64_t left_ms; /* estimate; -1 unknown */
	int64_t started_ms, ended_ms; /* steady clock, 0: not yet */
	char say[160]; /* the last sentence */
	enum job_outcome outcome;
	struct err err; /* why, when it did not end well */
	char proof[128];
};

struct board;

struct board *board_new(size_t jobs);
void board_free(struct board *board);
DEFINE_OWN(board)

/* Changes one row under the lock and rings. */
void board_change(struct board *board, size_t job,
	void (*change)(struct job_view *view, const void *what), const void *what);

/* A copy of one row. */
void board_look(struct board *board, size_t job, struct job_view *out);
size_t board_count(const struct board *board);

/* Blocks until any row changed since *version, then updates *version. */
bool board_wait(struct board *board, uint64_t *version, struct deadline until,
	const struct cancel *cancel);

#endif
