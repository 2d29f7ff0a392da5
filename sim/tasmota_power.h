/* The relays of a simulated Tasmota. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_POWER_H
#define SIM_TASMOTA_POWER_H

#include "sim/tasmota_command.h"

/* How many there are, by module or template; 0 to TASMOTA_RELAYS_MOST. */
unsigned tasmota_relays(const struct tasmota *t);

/* "POWER", or "POWER1" where there are several or SetOption26 says so. */
void tasmota_power_name(const struct tasmota *t, unsigned relay, char out[8]);

/* The command Power<n>. */
bool tasmota_power_run(struct tasmota_call *call);

/* stat/T/RESULT and stat/T/POWER of one relay. */
void tasmota_power_publish(struct tasmota *t, unsigned relay);

/* "POWER":"ON" of each relay. */
void tasmota_power_show(const struct tasmota *t, json_t *into);

#endif
