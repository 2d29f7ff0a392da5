/* What a simulated Tasmota publishes after its first connect: INFO1 to INFO3, its relays,
 * later STATE and discovery. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_GREETING_H
#define SIM_TASMOTA_GREETING_H

#include "sim/tasmota.h"

/* Both topics are whole and end with a slash. */
void tasmota_greet(
	struct tasmota *t, const char *fallback_topic, const char *group_topic);

#endif
