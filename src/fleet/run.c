/* Runs the jobs of one command side by side and shows them until the last has ended. */
/* SPDX-License-Identifier: MIT */
#include "fleet/run.h"

#include "base/log.h"
#include "fleet/report.h"
#include "fleet/scheduler.h"

struct run {
	struct job **jobs; /* those that are to be begun */
	size_t count;
};

static void
run_one(void *context, size_t index)
{
	struct run *run = context;

	job_run(run->jobs[index]);
}

static void
set_name(struct job_view *view, const void *what)
{
	device_name(what, view->device);
}

/* Refusals first: they cost nothing, and belong on the screen from the start. */
static struct run
sort_out(const struct job_world *world, struct job *jobs, size_t count)
{
	struct run run = { xcalloc(count + 1, sizeof *run.jobs), 0 };

	for (size_t i = 0; i < count; i++) {
		jobs[i].world = world;
		jobs[i].row = i;
		board_change(world->board, i, set_name, &jobs[i].device);
		if (jobs[i].refusal.code != NULL)
			job_run(&jobs[i]);
		else
			run.jobs[run.count++] = &jobs[i];
	}
	return run;
}

/* Every device gets an outcome, also those an interrupt left out. */
static void
tell_left_out(const struct run *run)
{
	struct job_view view;

	for (size_t i = 0; i < run->count; i++) {
		struct job *job = run->jobs[i];

		board_look(job->world->board, job->row, &view);
		if (view.outcome != JOB_WAITING)
			continue;
		err_set(&job->refusal, &err_cancelled, "not started");
		job_run(job);
	}
}

static void
watch(struct scheduler *scheduler, const struct job_world *world, struct screen *screen,
	struct report_progress *progress)
{
	bool told = false;

	while (scheduler_is_busy(scheduler)) {
		screen_draw(screen);
		if (progress != NULL)
			report_progress_print(progress);
		if (cancel_asked(world->cancel) && !told) {
			log_warn("interrupted: no further device is begun, running "
				 "downloads are seen to their end; press Ctrl-C again to "
				 "stop waiting");
			told = true;
		}
		clock_pause(SCREEN_DRAW_EVERY_MS, NULL);
	}
}

bool
run_jobs(struct job_world *world, struct job *jobs, size_t count, unsigned threads,
	const struct run_show *show, struct err *err)
{
	OWN_NEW(screen) screen = screen_new(world->board, show->style, stderr);
	OWN_NEW(report_progress)
	progress = show->json ? report_progress_new(world->board) : NULL;
	struct scheduler *scheduler;
	struct run run;
	bool started;

	world->listeners[0] = screen_listener(screen);
	if (show->json)
		world->listeners[1] = report_listener();
	run = sort_out(world, jobs, count);
	scheduler = scheduler_start(
		run.count, threads, run_one, &run, world->cancel, err);
	started = scheduler != NULL;
	if (started)
		watch(scheduler, world, screen, progress);
	scheduler_free(scheduler);
	if (started)
		tell_left_out(&run);
	free(run.jobs);
	return started && report_result(world->board, show->forgive_refused, err);
}
