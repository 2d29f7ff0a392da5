/* What came of the jobs: for people on standard output, or as JSON events. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_REPORT_H
#define FLEET_REPORT_H

#include <stdio.h>

#include "fleet/board.h"
#include "fleet/job.h"

/* The summary afterwards: per device how it ended and what to do next. Returns how many
 * are done. */
size_t report_print(struct board *board, FILE *out);

/* Leaves in *err what the whole run came to; true when all is done and proven. One
 * device: its own error. Several: E-SOME-NOT-PROVEN when all were flashed but not all seen
 * again, E-SOME-FAILED when some succeeded, else what they have in common. With
 * `forgive_refused` (--all) devices that are not eligible, or free already, count only
 * when there is nothing else. */
bool report_result(struct board *board, bool forgive_refused, struct err *err);

/* Events "step", "message" and "outcome" for --json. */
struct job_listener report_listener(void);

/* Events "progress": at most one per device, per cent and call. */
struct report_progress;
struct report_progress *report_progress_new(struct board *board);
void report_progress_print(struct report_progress *progress);
void report_progress_free(struct report_progress *progress);
DEFINE_OWN(report_progress)

#endif
