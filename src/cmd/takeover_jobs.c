/* The jobs of a takeover, or of the check that comes before one. */
/* SPDX-License-Identifier: MIT */
#include "cmd/takeover_jobs.h"

#include "base/memory.h"
#include "base/text.h"
#include "cmd/show.h"
#include "fleet/run.h"

enum { THREADS_MOST = 256 };

static size_t
count_jobs(const struct takeover_order *order, const struct options *options)
{
	if (!order->is_provisioned)
		return order->access_point_count;
	return options->argc > 0 ? (size_t)options->argc : 1;
}

struct takeover_jobs *
takeover_jobs_new(const struct takeover_order *order, const struct options *options,
	const struct flash_method *method)
{
	struct takeover_jobs *jobs = xcalloc(1, sizeof *jobs);

	jobs->count = count_jobs(order, options);
	jobs->board = board_new(jobs->count);
	jobs->all = xcalloc(jobs->count, sizeof *jobs->all);
	for (size_t i = 0; i < jobs->count; i++) {
		struct job *job = &jobs->all[i];

		job->method = method;
		if (!order->is_provisioned)
			job->device.address = order->access_points[i];
		else if (options->argc > 0)
			text_copy(
				job->device.id, sizeof job->device.id, options->argv[i]);
	}
	return jobs;
}

void
takeover_jobs_free(struct takeover_jobs *jobs)
{
	if (jobs == NULL)
		return;
	board_free(jobs->board);
	free(jobs->all);
	free(jobs);
}

bool
takeover_jobs_run(const struct app *app, const struct takeover_order *order,
	struct takeover_gear *gear, struct takeover_jobs *jobs, struct err *err)
{
	OWN_NEW(journal) journal = journal_open(app->state_directory, err);
	OWN_NEW(catalog) catalog = catalog_open(NULL, err);
	struct job_world world = {
		.catalog = catalog,
		.image = gear->final,
		.takeover = &gear->takeover,
		.journal = journal,
		.board = jobs->board,
		.cancel = app->cancel,
		.hurry = app->hurry,
		.web_port = (uint16_t)order->web_port,
		.patience_percent = (unsigned)order->patience,
	};
	struct run_show show = show_choose(app);

	return journal != NULL && catalog != NULL &&
		takeover_gear_open(app, order, gear, err) &&
		run_jobs(&world, jobs->all, jobs->count, THREADS_MOST, &show, err);
}
