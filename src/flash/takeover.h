/* What all jobs of one takeover share, and the two methods: the whole road, and the part
 * of it that only finds out whether a device can be freed. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_TAKEOVER_H
#define FLASH_TAKEOVER_H

#include <netinet/in.h>
#include <stdbool.h>

#include "flash/ewelink_cloud.h"
#include "flash/final_stage.h"
#include "flash/method.h"
#include "wire/ewelink_ap.h"

/* Everything is borrowed. */
struct takeover {
	struct ewelink_cloud *cloud;
	struct final_stage *final; /* NULL for the check */
	const struct image *user[2];
	/* A job's device has its access point as address, or is called by its id (or by
	 * nothing) when it has been told where to call already. */
	bool is_provisioned;
	struct ewelink_ap_settings settings;
	struct in_addr told; /* this computer, as devices are told */
	uint16_t cloud_port, plain_port;
	struct sockaddr_in final_address; /* what this computer must have in FinalStage */
	struct sockaddr_in setup; /* where a new Tasmota without Wi-Fi data answers */
};

/* job->takeover must be set. */
extern const struct flash_method flash_takeover;

/* Ends after `register`: job->proof tells what the device is. Writes nothing to the
 * device but its network and its server's address. */
extern const struct flash_method flash_takeover_check;

/* What flash_takeover_check has found out, whichever way it ended: a job's `wishes`. */
struct takeover_finding {
	struct device device; /* id, model, firmware and address, as far as it told */
	bool is_secure; /* it called with TLS */
};

/* Firmware that only talks to the vendor's own certificate. */
extern const struct err_code err_pinned; /* E-PINNED-FIRMWARE */

#endif
