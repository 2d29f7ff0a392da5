/* Proof that a device runs its new firmware: the firmware itself says so. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_PROOF_H
#define FLASH_PROOF_H

#include <netinet/in.h>

#include "base/clock.h"
#include "base/err.h"
#include "flash/method.h"
#include "wire/tasmota.h"

/* One look for Tasmota at an address; nothing is changed there. False with what came
 * instead: E-HTTP-…, E-TASMOTA-…. */
bool proof_look(struct sockaddr_in web, const struct cancel *cancel,
	struct tasmota_firmware *out, struct err *err);

/* Is what was seen at `host` what the image holds? Then writes "Tasmota 14.1.0(lite) at
 * 192.0.2.7" into `proof`; else E-OTHER-VERSION. */
#define PROOF_SIZE 128
bool proof_judge(const struct image *image, const char *host,
	const struct tasmota_firmware *seen, char proof[PROOF_SIZE], struct err *err);

/* True while something takes connections at the device's own port: until then the
 * vendor's firmware still runs. */
bool proof_vendor_is_there(const struct flash_job *job);

/* Waits until the vendor's firmware is gone; false when it is still there after a minute,
 * or on an interrupt. */
bool proof_wait_gone(const struct flash_job *job);

extern const struct err_code err_other_device; /* E-OTHER-DEVICE */

/* One look at the device's own address and, while this computer is in that network, at
 * `elsewhere` (INADDR_ANY: nowhere). False when no Tasmota answers, with what was met in
 * *last, or another one than the device: E-OTHER-DEVICE, by job->told_mac. True:
 * job->seen_at says where, job->device.mac who (if it tells), and *good what proof_judge()
 * has to say. */
bool proof_look_around(struct flash_job *job, struct sockaddr_in elsewhere,
	struct err *last, bool *good, struct err *err);

/* Looks for Tasmota at the device's address and at job->access_point until the step's patience ends, and fills
 * job->proof. E-NOT-PROVEN when nothing is seen, E-OTHER-VERSION when it is not what the
 * image holds, E-CANCELLED. */
bool proof_wait_tasmota(struct flash_job *job, struct err *err);

#endif
