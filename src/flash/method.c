/* Runs the steps of a method. */
/* SPDX-License-Identifier: MIT */
#include "flash/method.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

enum { SENTENCE_SIZE = 256 };

int64_t
flash_scaled_ms(const struct flash_job *job, int64_t ms)
{
	return ms * job->patience_percent / 100;
}

struct deadline
flash_patience(const struct flash_job *job)
{
	return deadline_in(flash_scaled_ms(job, job->step->patience_ms));
}

const struct cancel *
flash_cancel(const struct flash_job *job)
{
	return job->offered ? job->hurry : job->cancel;
}

bool
flash_note(struct flash_job *job, struct err *err, const char *format, ...)
{
	char detail[SENTENCE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	return job->watch.note(job->watch.context, job->step->name, detail, err) ||
		err_while(err, "writing the journal");
}

void
flash_learned(struct flash_job *job)
{
	if (job->watch.learned != NULL)
		job->watch.learned(job->watch.context, job);
}

void
flash_say(struct flash_job *job, const char *format, ...)
{
	char sentence[SENTENCE_SIZE], name[DEVICE_ID_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	log_debug("%s: %s", device_name(&job->device, name), sentence);
	job->watch.say(job->watch.context, sentence);
}

/* The only place that assigns job->step; the journal hears of it first. */
static bool
enter(struct flash_job *job, const struct flash_step *step, struct err *err)
{
	char name[DEVICE_ID_SIZE];

	if (cancel_asked(flash_cancel(job)))
		return err_set(
			err, &err_cancelled, "stopped before step \"%s\"", step->name);
	log_debug("%s: step %s", device_name(&job->device, name), step->name);
	if (!job->watch.note(job->watch.context, step->name, "", err))
		return err_while(err, "writing the journal");
	job->step = step;
	job->watch.progress(job->watch.context, 0, 0, 0);
	return true;
}

bool
flash_go_back(
	struct flash_job *job, const char *step, struct err *err, const char *format, ...)
{
	char why[SENTENCE_SIZE];
	va_list args;

	if (cancel_asked(job->cancel))
		return false;
	va_start(args, format);
	vsnprintf(why, sizeof why, format, args);
	va_end(args);
	if (!flash_note(job, err, "%s", why))
		return false;
	flash_say(job, "%s", why);
	job->back_to = step;
	job->offered = job->image_was_sent = false;
	return true;
}

static const struct flash_step *
step_named(const struct flash_step *steps, const char *name)
{
	while (strcmp(steps->name, name) != 0)
		steps++;
	return steps;
}

/* The step after this one, or the one to go back to. */
static const struct flash_step *
next_step(const struct flash_method *method, struct flash_job *job)
{
	const char *name = job->back_to;

	job->back_to = NULL;
	return name != NULL ? step_named(method->steps, name) : job->step + 1;
}

bool
flash_run(const struct flash_method *method, struct flash_job *job, struct err *err)
{
	const struct flash_step *step = method->steps;
	bool ok = method->accepts(job, err);

	while (ok && step->name != NULL) {
		ok = enter(job, step, err) && step->run(job, err);
		step = ok ? next_step(method, job) : step;
	}
	if (job->offer != NULL)
		offer_close(job->offer);
	job->offer = NULL;
	if (method->finish != NULL)
		method->finish(job);
	job->own = NULL;
	return ok;
}
