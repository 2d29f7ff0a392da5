/* A flash method: a visible table of named steps. One method is one file. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_METHOD_H
#define FLASH_METHOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "device/device.h"
#include "device/verdict.h"
#include "firmware/image.h"
#include "flash/image_server.h"

struct flash_job;
struct takeover; /* flash/takeover.h */

struct flash_step {
	const char *name; /* as printed, logged and journalled */
	unsigned share; /* of the progress bar; a method's shares sum to 100 */
	unsigned patience_ms; /* silence longer than this fails the step */
	bool (*run)(struct flash_job *job, struct err *err); /* blocks */
};

struct flash_method {
	const char *name;
	const char *summary;
	const char *afterwards; /* what to do with a device that is free; a sentence */
	/* Says no before anything is sent, with the reason; touches no network. */
	bool (*accepts)(const struct flash_job *job, struct err *err);
	/* Frees job->own, however the job ended. NULL: nothing to free. */
	void (*finish)(struct flash_job *job);
	const struct flash_step *steps; /* ends with a row without a name */
};

/* How a job tells the floors above what it does. Called from the job's own thread. */
struct flash_watch {
	void *context;
	/* Fact first, act second: returns after the fact is on disk. A false stops the job
	 * before the device hears anything. `detail` is one line. */
	bool (*note)(
		void *context, const char *step, const char *detail, struct err *err);
	/* 0..1000 of the step named last; bytes are 0 outside a download. */
	void (*progress)(
		void *context, unsigned per_mille, uint64_t bytes, uint64_t total);
	/* One sentence for people about what is going on. */
	void (*say)(void *context, const char *sentence);
	/* More is known of job->device than when the job began: its id, its model, its
	 * MAC. The steps call flash_learned(). May be NULL. */
	void (*learned)(void *context, struct flash_job *job);
};

struct flash_job {
	struct device device; /* updated by the steps */
	const struct catalog *catalog; /* borrowed */
	struct verdict_overrides overrides; /* what the user insists on */
	const struct image *image; /* borrowed; has passed accept_image() */
	struct image_server *server; /* borrowed */
	const struct takeover *takeover; /* borrowed; what that method needs besides */
	struct flash_watch watch;
	const struct cancel *cancel; /* first interrupt: stops what was not offered yet */
	const struct cancel *hurry; /* second interrupt: stops waiting in any case */
	struct in_addr own_address; /* what the device is told; INADDR_ANY: by route */
	uint16_t web_port; /* where the new firmware is looked for; 80 */
	/* Where a new Tasmota answers in an open network of its own. INADDR_ANY: there it is
	 * not looked for. */
	struct sockaddr_in access_point;
	struct sockaddr_in seen_at; /* where the new firmware did answer */
	/* What the vendor's firmware said is its MAC; 12 upper-case digits, "" when it did
	 * not. It is that of the chip: a new firmware with another one runs elsewhere. */
	char told_mac[13];
	bool is_in_doubt; /* another MAC was met on the way: only its own word counts now */
	unsigned patience_percent; /* 100; tests and slow networks change it */
	const struct flash_step *step; /* the one that runs */
	void *wishes; /* what only this method needs to know, or NULL; borrowed */
	void *own; /* the method's, between its steps */
	struct offer *offer; /* owned between offer and the end */
	const char *back_to; /* flash_go_back() */
	bool offered; /* the device was told: from here its end is waited for */
	bool image_was_sent; /* it has every byte: silence now needs a person */
	char proof[128]; /* what was read back: "Tasmota 14.1.0 at 192.0.2.7" */
};

/* Runs every step in order. True: done and proven. False: *err says why; ERR_UNPROVEN
 * when it was flashed but not seen again. Leaves no offer open. */
bool flash_run(const struct flash_method *method, struct flash_job *job, struct err *err);

/* A step's patience, or any other wait, after patience_percent. */
struct deadline flash_patience(const struct flash_job *job);
int64_t flash_scaled_ms(const struct flash_job *job, int64_t ms);

/* Which interrupt stops the job now: the first one before the offer, the second after. */
const struct cancel *flash_cancel(const struct flash_job *job);

/* A fact of the running step: into the journal before it is acted on. */
bool flash_note(struct flash_job *job, struct err *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* After the running step: on from the earlier step named, because of what the format
 * says (noted and said). The device still runs what it ran before. False, with *err left
 * alone, when the user has interrupted. */
bool flash_go_back(struct flash_job *job, const char *step, struct err *err,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* After something was learned of job->device that a later run may need. */
void flash_learned(struct flash_job *job);

/* One sentence for people. */
void flash_say(struct flash_job *job, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
