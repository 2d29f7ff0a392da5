/* Devices that run Tasmota already: found by address or name, and given to the method that
 * upgrades them. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_UPGRADES_H
#define FLEET_UPGRADES_H

#include "firmware/accept.h"
#include "flash/tasmota.h"
#include "fleet/called.h"
#include "fleet/gather.h"
#include "fleet/job.h"

struct upgrades_order {
	const struct image *image;
	struct accept_overrides overrides;
	struct upgrade_wishes *wishes; /* shared by all; nothing in it changes */
	uint16_t web_port;
	bool leave_same; /* what runs the image already gets E-ALREADY-FREE */
	bool leave_others; /* builds that are neither tasmota nor lite: E-UPGRADE-BUILD */
	struct called_order where; /* how devices that have a name are found */
	const struct cancel *cancel;
};

/* Looks for a Tasmota at each name: an address ("192.0.2.7", at the web port unless one is
 * named), or what people call it (fleet/called.h). Rows like those of gather(), as many; who
 * is none has the reason. *rows is the caller's to free. False on an interrupt, or when the
 * broker that was named does not take the connection. */
bool upgrades_gather(const struct upgrades_order *order, char *const *names, size_t count,
	struct gathered **rows, struct err *err);

/* The same with every device that order->where.broker knows. */
bool upgrades_gather_all(const struct upgrades_order *order, struct gathered **rows,
	size_t *count, struct err *err);

/* The image is asked whether it is for Tasmota; else the job is refused. */
void upgrades_accept(const struct upgrades_order *order, struct job *job);

/* A device that could not be asked in DIY mode: when a Tasmota of another version answers
 * at its address, the job becomes its upgrade. One that runs what the image holds, or that
 * the image is not for, keeps the refusal. */
void upgrades_take(const struct upgrades_order *order, struct job *job);

#endif
