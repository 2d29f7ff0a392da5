/* New firmware for a simulated Tasmota over the air: OtaUrl and Upgrade, and what boots
 * from what was stored. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_UPGRADE_H
#define SIM_TASMOTA_UPGRADE_H

#include <jansson.h>

#include "sim/tasmota.h"

/* The command Upgrade; a new reference. */
json_t *tasmota_upgrade_ask(struct tasmota *t, const char *payload);

/* Timers: one attempt; the result is told. */
void tasmota_upgrade_run(struct tasmota *t);
void tasmota_upgrade_tell(struct tasmota *t);

/* The boot loader: puts in place what was stored. False when nothing starts any more. */
bool tasmota_upgrade_boot(struct tasmota *t);

/* Bytes a file may have; by upload it is less than over the air. */
uint32_t tasmota_upgrade_room(const struct tasmota *t, bool by_upload);

#endif
