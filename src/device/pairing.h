/* A device in its own access point, asked who it is by GET /device; nothing is written to
 * it. Source: doc/protocol/ewelink.md. */
/* SPDX-License-Identifier: MIT */
#ifndef DEVICE_PAIRING_H
#define DEVICE_PAIRING_H

#include "base/clock.h"
#include "device/device.h"
#include "wire/ewelink_ap.h"

#define PAIRING_PORT	80
#define PAIRING_ADDRESS "10.10.7.1:80" /* of every device in pairing mode */
#define PAIRING_MS	3500

extern const struct err_code err_pairing_mode; /* E-PAIRING-MODE */

/* One look: true when a device answers at `ap`. E-HTTP-…, E-AP-GARBLED. */
bool pairing_ask(const struct sockaddr_in *ap, struct deadline until,
	const struct cancel *cancel, struct ewelink_ap_device *out, struct err *err);

/* Whether the device at `ap` is in pairing mode. True: *device has its id, address and
 * kind, and *why, E-PAIRING-MODE, tells what that means and the command to go on with.
 * False, with both untouched: nobody answers, or a device with another id than *device
 * has already. */
bool pairing_find(const struct sockaddr_in *ap, const struct cancel *cancel,
	struct device *device, struct err *why);

#endif
