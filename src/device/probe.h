/* Asks a device who it is, and writes nothing to it. What it announced comes first: a
 * device that says it is encrypted or something else is not asked at all. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_PROBE_H
#define DEVICE_PROBE_H

#include "device/catalog.h"
#include "device/diy_client.h"

#define PROBE_MS 10000 /* over by then, whatever the device does */

/* Updates *device from `info`, or from signal_strength where there is no info, and names
 * its model. False: E-EWELINK-MODE or E-FOREIGN-DEVICE when it has announced that,
 * E-PAIRING-MODE or E-NOBODY-THERE (an address where no device was ever heard), or one
 * of diy_client.h. */
bool probe_device(struct diy_client *client, const struct catalog *catalog,
	struct device *device, struct err *err);

extern const struct err_code err_foreign_device; /* E-FOREIGN-DEVICE */

#endif
