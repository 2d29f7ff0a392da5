/* Opening a device's lock: it takes no image while `otaUnlock` is false. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_UNLOCK_H
#define DEVICE_UNLOCK_H

#include "device/diy_client.h"

/* Has the device ask the vendor's service for permission, then reads `info` again: true
 * only when that says it is open. Updates *device. False: E-UNLOCK-NO-INTERNET,
 * E-UNLOCK-REFUSED, E-UNLOCK-NOT-OPEN, E-UNLOCK-UNKNOWN for firmware that can not tell, or
 * one of diy_client.h. */
bool unlock_device(struct diy_client *client, struct device *device,
	const struct cancel *cancel, struct err *err);

#endif
