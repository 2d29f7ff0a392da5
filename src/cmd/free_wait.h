/* free --keep-going: each device as it appears. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_FREE_WAIT_H
#define CMD_FREE_WAIT_H

#include "cmd/command.h"
#include "cmd/free_options.h"
#include "cmd/takeover_gear.h"
#include "fleet/journey.h"

/* What one run of the command has open. */
struct free_run {
	struct app *app;
	struct free_order *order;
	struct catalog *catalog;
	struct journal *journal;
	struct road_plan plan;
	struct image *image; /* opened when it is needed */
	struct image_server *server;
	struct takeover_gear gear; /* with --takeover */
	bool takes_all; /* no device was named */
};

/* An empty journey of this run. */
struct journey free_journey(struct free_run *run);

/* With --takeover: what an earlier run has left to do, else one device to be taken over. */
bool free_gather_takeover(struct free_run *run, struct journey *journey, struct err *err);

/* Takes all devices of a journey down their roads. */
bool free_run_batch(struct free_run *run, struct journey *journey, struct err *err);

/* Frees one device after the other until the user interrupts. True when all that came were
 * freed; E-FREE-NONE-CAME, E-FREE-SOME-FAILED. */
bool free_wait(struct free_run *run, struct err *err);

#endif
