/* Which board a simulated Tasmota believes to be on: modules, the template, single pins. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_MODULE_H
#define SIM_TASMOTA_MODULE_H

#include "sim/tasmota.h"

unsigned tasmota_module_relays(unsigned module);
unsigned tasmota_template_relays(const struct tasmota *t);

/* "Sonoff Basic", or the template's name. */
const char *tasmota_module_name(const struct tasmota *t);

#endif
