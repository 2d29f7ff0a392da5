/* Runs the steps of a method. */
/* SPDX-License-Identifier: MIT */
#include "flash/method.h"

#include "base/log.h"

struct deadline
flash_patience(const struct flash_job *job)
{
	return deadline_in((int64_t)job->step->patience_ms * job->patience_percent / 100);
}

/* The only place that assigns job->step; the journal hears of it first. */
static bool
enter(struct flash_job *job, const struct flash_step *step, struct err *err)
{
	char name[DEVICE_ID_SIZE];

	if (cancel_asked(job->cancel) && !job->image_was_sent)
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
flash_run(const struct flash_method *method, struct flash_job *job, struct err *err)
{
	bool ok = method->accepts(job, err);

	for (const struct flash_step *step = method->steps; ok && step->name != NULL;
		step++)
		ok = enter(job, step, err) && step->run(job, err);
	if (job->offer != NULL)
		offer_close(job->offer);
	job->offer = NULL;
	return ok;
}
