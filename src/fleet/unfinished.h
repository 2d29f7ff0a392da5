/* What earlier runs left behind: jobs that broke off without an outcome because the program
 * was killed or the power went, and devices that are free by now. */
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

/* A device does not answer as what it was: looks once for its new firmware, at its address
 * or at the one the journal has. True: an unfinished job had offered it the image and got
 * through; `proof` says so, and that job has its outcome. Else *why is left alone, or
 * becomes E-ALREADY-FREE. */
bool unfinished_look(struct journal *journal, const struct device *device,
	const struct image *image, uint16_t web_port, const struct cancel *cancel,
	char proof[PROOF_SIZE], struct err *why);

#endif
