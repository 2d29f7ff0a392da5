/* One device's way through a flash method: the journal hears every step first, the board
 * and the listener after it. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_JOB_H
#define FLEET_JOB_H

#include "flash/method.h"
#include "fleet/board.h"
#include "fleet/journal.h"

/* Hears what happens in the job's own thread, after the journal has it; nothing is left
 * out, unlike a look at the board now and then. Any function may be NULL. */
#define JOB_LISTENERS_MOST 2
struct job_listener {
	void *context;
	void (*step)(void *context, const char *device, const char *step);
	void (*say)(void *context, const char *device, const char *sentence);
	void (*end)(void *context, const struct job_view *view);
};

/* What all jobs of one run share; everything is borrowed. */
struct job_world {
	const struct catalog *catalog;
	struct verdict_overrides overrides;
	const struct image *image;
	struct image_server *server;
	const struct takeover *takeover; /* of that method, else NULL */
	struct journal *journal;
	struct board *board;
	struct job_listener listeners[JOB_LISTENERS_MOST];
	const struct cancel *cancel; /* first interrupt */
	const struct cancel *hurry; /* second interrupt */
	struct in_addr own_address;
	uint16_t web_port;
	unsigned patience_percent;
};

struct job {
	const struct job_world *world;
	const struct flash_method *method;
	struct device device;
	void *wishes; /* for the method, or NULL; borrowed */
	size_t row; /* of the board */
	struct err refusal; /* set: not even begun, for this reason */
};

/* Runs the method to its end and leaves outcome, error and proof on the board and in the
 * journal; a job with a refusal ends with it, unless an earlier run that broke off turns
 * out to have got through. Never fails: a failure is an outcome. */
void job_run(struct job *job);

/* The only place that turns an error into an outcome. */
enum job_outcome job_outcome_for(const struct err *err, bool image_was_sent);

/* "done", "retry", …: journal, JSON and tables use the same words. */
const char *job_outcome_name(enum job_outcome outcome);

#endif
