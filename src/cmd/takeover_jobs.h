/* The jobs of a takeover, or of the check that comes before one. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_TAKEOVER_JOBS_H
#define CMD_TAKEOVER_JOBS_H

#include "cmd/takeover_gear.h"
#include "fleet/board.h"
#include "fleet/job.h"

struct takeover_jobs {
	struct job *all;
	size_t count;
	struct board *board; /* how each ended, after the run */
};

/* One for each access point; with --provisioned one for each operand, or one for the
 * first device that calls. `options` must outlive the jobs. */
struct takeover_jobs *takeover_jobs_new(const struct takeover_order *order,
	const struct options *options, const struct flash_method *method);
void takeover_jobs_free(struct takeover_jobs *jobs);
DEFINE_OWN(takeover_jobs)

/* Opens the doors of the gear and runs the jobs to their end. From here on devices are
 * told something. False with *err as report_result() has it. */
bool takeover_jobs_run(const struct app *app, const struct takeover_order *order,
	struct takeover_gear *gear, struct takeover_jobs *jobs, struct err *err);

#endif
