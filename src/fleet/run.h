/* Runs the jobs of one command side by side and shows them until the last has ended. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_RUN_H
#define FLEET_RUN_H

#include "fleet/job.h"
#include "fleet/screen.h"

struct run_show {
	enum screen_style style; /* on standard error */
	bool json; /* events on standard output */
	bool forgive_refused; /* as report_result() has it */
};

/* The world's board has a row for every job; its listeners are set here. Jobs with a
 * refusal end first. False with *err as report_result() has it. */
bool run_jobs(struct job_world *world, struct job *jobs, size_t count, unsigned threads,
	const struct run_show *show, struct err *err);

#endif
