/* One device's way through a flash method, told to journal, board and listener. */
/* SPDX-License-Identifier: MIT */
#include "fleet/job.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "flash/proof.h"
#include "fleet/remember.h"
#include "fleet/unfinished.h"

enum {
	RATE_WINDOW_MS = 3000, /* a rate is that of the last seconds */
	TELL_EVERY_MS = 100, /* more often nobody can read */
};

struct running {
	const struct job *job;
	const struct flash_step *steps;
	int64_t number; /* of the journal; 0: not begun */
	char name[DEVICE_ID_SIZE];
	struct remembered remembered;
	const char *step;
	int64_t told_ms;
	/* Two marks, the older at most two windows old, make the rate. */
	struct mark {
		int64_t at_ms;
		uint64_t bytes;
	} older, newer;
};

static const char *const outcome_names[] = {
	[JOB_RUNNING] = "running",
	[JOB_WAITING] = "waiting",
	[JOB_DONE] = "done",
	[JOB_RETRY] = "retry",
	[JOB_GAVE_UP] = "gave-up",
	[JOB_NEEDS_HANDS] = "needs-hands",
	[JOB_STOPPED] = "stopped",
};

const char *
job_outcome_name(enum job_outcome outcome)
{
	return outcome_names[outcome];
}

/* Silence after the whole image was sent may be a device that starts anew: a person
 * looks at it. Before that the vendor's firmware is still whole and can be asked again. */
enum job_outcome
job_outcome_for(const struct err *err, bool image_was_sent)
{
	switch (err_kind(err)) {
	case ERR_NONE:
		return JOB_DONE;
	case ERR_UNPROVEN:
		return JOB_NEEDS_HANDS;
	case ERR_CANCELLED:
		return image_was_sent ? JOB_NEEDS_HANDS : JOB_STOPPED;
	case ERR_LOST:
	case ERR_GARBLED:
	case ERR_SYSTEM:
	case ERR_TRY_AGAIN:
	case ERR_NOT_FOUND:
		return image_was_sent ? JOB_NEEDS_HANDS : JOB_RETRY;
	default:
		return JOB_GAVE_UP;
	}
}

static bool
write_fact(struct running *running, const char *step, const char *detail, struct err *err)
{
	char clean[512];
	struct fact fact = {
		.job = running->number,
		.device = running->name,
		.method = running->job->method->name,
		.step = step,
		.detail = text_printable(clean, sizeof clean, detail),
	};

	return journal_note(running->job->world->journal, &fact, err);
}

static void
set_step(struct job_view *view, const void *what)
{
	view->step = what;
	view->bytes = view->total = 0;
	view->bytes_per_second = 0;
	view->left_ms = -1;
}

static bool
note(void *context, const char *step, const char *detail, struct err *err)
{
	struct running *running = context;
	const struct job_world *world = running->job->world;

	if (!write_fact(running, step, detail, err))
		return false;
	if (running->step != NULL && strcmp(running->step, step) == 0)
		return true;
	running->step = step;
	running->told_ms = 0;
	running->older = running->newer = (struct mark){ 0 };
	board_change(world->board, running->job->row, set_step, step);
	for (size_t i = 0; i < JOB_LISTENERS_MOST; i++)
		if (world->listeners[i].step != NULL)
			world->listeners[i].step(
				world->listeners[i].context, running->name, step);
	return true;
}

static unsigned
whole_per_mille(const struct running *running, unsigned per_mille)
{
	unsigned before = 0;

	for (const struct flash_step *step = running->steps; step->name != NULL; step++) {
		if (running->step != NULL && strcmp(step->name, running->step) == 0)
			return before * 10 + step->share * per_mille / 100;
		before += step->share;
	}
	return before * 10;
}

/* Bytes per second over the last seconds; 0 when there is nothing to go by. */
static double
measure_rate(struct running *running, int64_t now_ms, uint64_t bytes)
{
	if (running->newer.at_ms == 0 || bytes < running->newer.bytes)
		running->older = running->newer = (struct mark){ now_ms, bytes };
	if (now_ms - running->newer.at_ms >= RATE_WINDOW_MS) {
		running->older = running->newer;
		running->newer = (struct mark){ now_ms, bytes };
	}
	if (now_ms <= running->older.at_ms)
		return 0;
	return (double)(bytes - running->older.bytes) * 1000 /
		(double)(now_ms - running->older.at_ms);
}

struct progress {
	unsigned per_mille;
	uint64_t bytes, total;
	double rate;
};

static void
set_progress(struct job_view *view, const void *what)
{
	const struct progress *progress = what;

	view->per_mille = progress->per_mille;
	view->bytes = progress->bytes;
	view->total = progress->total;
	view->bytes_per_second = progress->rate;
	view->left_ms = -1;
	if (progress->rate >= 1)
		view->left_ms = (int64_t)((double)(progress->total - progress->bytes) *
			1000 / progress->rate);
}

static void
tell_progress(void *context, unsigned per_mille, uint64_t bytes, uint64_t total)
{
	struct running *running = context;
	int64_t now_ms = clock_steady_ms();
	struct progress progress = {
		.per_mille = whole_per_mille(running, per_mille),
		.bytes = bytes < total ? bytes : total,
		.total = total,
	};

	if (now_ms - running->told_ms < TELL_EVERY_MS && per_mille < 1000)
		return;
	running->told_ms = now_ms;
	if (total > 0)
		progress.rate = measure_rate(running, now_ms, progress.bytes);
	board_change(
		running->job->world->board, running->job->row, set_progress, &progress);
}

static void
set_sentence(struct job_view *view, const void *what)
{
	text_copy(view->say, sizeof view->say, what);
}

static void
say(void *context, const char *sentence)
{
	struct running *running = context;
	const struct job_world *world = running->job->world;

	board_change(world->board, running->job->row, set_sentence, sentence);
	for (size_t i = 0; i < JOB_LISTENERS_MOST; i++)
		if (world->listeners[i].say != NULL)
			world->listeners[i].say(
				world->listeners[i].context, running->name, sentence);
}

static void
set_begin(struct job_view *view, const void *what)
{
	device_name(what, view->device); /* its id may have been learned since */
	view->outcome = JOB_RUNNING;
	view->started_ms = clock_steady_ms();
}

static void
set_name(struct job_view *view, const void *what)
{
	device_name(what, view->device);
}

/* From here on journal, board and listeners call it by the new name. */
static void
learned(void *context, struct flash_job *flash)
{
	struct running *running = context;
	const struct device *device = &flash->device;

	device_name(device, running->name);
	board_change(running->job->world->board, running->job->row, set_name, device);
	remember(&running->remembered, flash);
}

struct end {
	enum job_outcome outcome;
	const struct err *err;
	const char *proof;
};

static void
set_end(struct job_view *view, const void *what)
{
	const struct end *end = what;

	view->outcome = end->outcome;
	view->ended_ms = clock_steady_ms();
	view->left_ms = -1;
	view->bytes_per_second = 0;
	view->err = *end->err;
	text_copy(view->proof, sizeof view->proof, end->proof);
	if (end->outcome == JOB_DONE)
		view->per_mille = 1000;
}

static void
tell_end(const struct job *job, const struct end *end)
{
	const struct job_world *world = job->world;
	struct job_view view;

	board_change(world->board, job->row, set_end, end);
	board_look(world->board, job->row, &view);
	for (size_t i = 0; i < JOB_LISTENERS_MOST; i++)
		if (world->listeners[i].end != NULL)
			world->listeners[i].end(world->listeners[i].context, &view);
}

static void
journal_outcome(struct running *running, const struct end *end)
{
	char detail[ERR_TEXT_SIZE + 128];
	struct err err = { 0 };

	if (running->number == 0)
		return;
	if (end->outcome == JOB_DONE)
		snprintf(detail, sizeof detail, "done: %s", end->proof);
	else
		snprintf(detail, sizeof detail, "%s: %s: %s",
			job_outcome_name(end->outcome), end->err->code->name,
			end->err->text);
	if (!write_fact(running, "outcome", detail, &err))
		log_warn("%s: the outcome is not in the journal: %s", running->name,
			err.text);
}

static bool
run_method(struct running *running, struct flash_job *flash, struct err *err)
{
	const struct job_world *world = running->job->world;
	char address[DEVICE_ADDRESS_SIZE];
	struct job_start start = {
		.device = running->name,
		.method = running->job->method->name,
		.address = device_address(&running->job->device, address),
	};

	if (!unfinished_settle(world->journal, &running->job->device, say, running, err))
		return false;
	if (!journal_begin(world->journal, &start, &running->number, err))
		return err_while(err, "writing the journal");
	return flash_run(running->job->method, flash, err);
}

static void
run_to_the_end(struct running *running)
{
	const struct job_world *world = running->job->world;
	struct err err = { 0 };
	struct end end = { .err = &err };
	struct flash_job flash = {
		.device = running->job->device,
		.catalog = world->catalog,
		.overrides = world->overrides,
		.wishes = running->job->wishes,
		.image = world->image,
		.server = world->server,
		.watch = { running, note, tell_progress, say, learned },
		.takeover = world->takeover,
		.cancel = world->cancel,
		.hurry = world->hurry,
		.own_address = world->own_address,
		.web_port = world->web_port,
		.patience_percent = world->patience_percent,
	};

	if (run_method(running, &flash, &err))
		err_clear(&err);
	end.outcome = job_outcome_for(&err, flash.image_was_sent);
	end.proof = flash.proof;
	journal_outcome(running, &end);
	tell_end(running->job, &end);
}

/* A device that is not there any more may be one that is free by now. */
static void
refuse(const struct running *running)
{
	const struct job *job = running->job;
	const struct job_world *world = job->world;
	char proof[PROOF_SIZE] = "";
	struct err why = job->refusal;
	struct end end = { .err = &why, .proof = proof };

	if (job_outcome_for(&why, false) == JOB_RETRY &&
		unfinished_look(world->journal, &job->device, world->image,
			world->web_port, world->cancel, proof, &why))
		err_clear(&why);
	end.outcome = job_outcome_for(&why, false);
	tell_end(job, &end);
}

void
job_run(struct job *job)
{
	struct running running = { .job = job };

	device_name(&job->device, running.name);
	board_change(job->world->board, job->row, set_begin, &job->device);
	if (job->refusal.code != NULL) {
		refuse(&running);
		return;
	}
	running.steps = job->method->steps;
	run_to_the_end(&running);
}
