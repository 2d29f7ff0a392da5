/* OtaUrl and Upgrade of a simulated Tasmota: which file it asks for, how often, and what
 * it says in the end. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_UPGRADE_H
#define SIM_TASMOTA_UPGRADE_H

#include <jansson.h>

#include "sim/tasmota.h"

/* The command Upgrade; a new reference. */
json_t *tasmota_upgrade_ask(struct tasmota *t, const char *payload);

/* Starts all over: at the user's wish, or because minimal was only a step. */
void tasmota_upgrade_begin(struct tasmota *t);

/* Timers: one attempt; the result is told. */
void tasmota_upgrade_run(struct tasmota *t);
void tasmota_upgrade_tell(struct tasmota *t);

/* tasmota-lite.bin.gz becomes tasmota-minimal.bin.gz; the caller frees it. */
char *tasmota_minimal_url(const char *url);

#endif
