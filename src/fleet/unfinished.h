/* Jobs that broke off without an outcome: the program was killed, or the power went. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_UNFINISHED_H
#define FLEET_UNFINISHED_H

#include "base/clock.h"
#include "device/device.h"
#include "firmware/image.h"
#include "flash/proof.h"
#include "fleet/journal.h"

/* Before a device is begun anew: gives an unfinished job of it (by name or address) its
 * outcome, and says so. E-DEVICE-BUSY when that job runs right now in another process. */
bool unfinished_settle(struct journal *journal, const struct device *device,
	void (*say)(void *context, const char *sentence), void *context, struct err *err);

/* A device does not answer any more: if an unfinished job had offered it the image, looks
 * once for its new firmware at the address of that time. True: it is there; `proof` says
 * so, and the old job has its outcome. */
bool unfinished_look(struct journal *journal, const struct device *device,
	const struct image *image, uint16_t web_port, const struct cancel *cancel,
	char proof[PROOF_SIZE]);

#endif
