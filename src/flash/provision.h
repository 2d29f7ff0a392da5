/* Pairing: tells a device in its own access point which network to join and which server
 * to call. This computer is in that access point then; how it got there is not known
 * here. Source: doc/protocol/ewelink.md. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_PROVISION_H
#define FLASH_PROVISION_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "wire/ewelink_ap.h"

/* Waits until this computer is in the network of `ap` and a device answers there; notices
 * at once when the network is joined. E-AP-NOT-JOINED, E-AP-SILENT, E-CANCELLED. */
bool provision_wait(const struct sockaddr_in *ap, struct deadline until,
	const struct cancel *cancel, struct ewelink_ap_device *out, struct err *err);

/* Sends the settings. Some firmware never answers: it counts as told when its access point
 * has gone. E-AP-REFUSED, E-AP-STAYS, E-CANCELLED. */
bool provision_tell(const struct sockaddr_in *ap,
	const struct ewelink_ap_settings *settings, const struct cancel *cancel,
	struct err *err);

/* The vendor's own server, to be told when a device is to go back to it. */
#define PROVISION_VENDOR_PORT 443
bool provision_vendor_server(
	const char *region, char out[EWELINK_AP_SERVER_MOST + 1], struct err *err);

#endif
