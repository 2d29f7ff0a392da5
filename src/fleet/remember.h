/* What a later run can not ask a device any more is noted while it gets its new firmware:
 * what it was, and its MAC, by which it is known again. recall() reads it. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_REMEMBER_H
#define FLEET_REMEMBER_H

#include "flash/method.h"
#include "fleet/home.h"
#include "fleet/recall.h"

/* What one job has noted last; zero at its beginning. */
struct remembered {
	char kind[RECALL_TEXT_SIZE], mac[RECALL_TEXT_SIZE];
};

/* For flash_watch.learned, whatever the method: notes what is new in job->device. A
 * journal that can not be written is a warning here: nothing else depends on it. */
void remember(struct remembered *last, struct flash_job *job);

/* The words for it, as home_model() and home_hardware() have them. False when the device
 * does not say what it is, or is not the vendor's any more. */
bool remember_kind(const struct catalog *catalog, const struct device *device,
	char model[DEVICE_MODEL_SIZE], char hardware[HOME_HARDWARE_SIZE]);

#endif
