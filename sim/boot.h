/* What happens when a device restarts with new flash content: dead, silent, an access
 * point nobody sees, or Tasmota on the LAN. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_BOOT_H
#define SIM_BOOT_H

#include "sim/plug.h"

/* Restarts and lives on until the world ends. */
void boot_live(struct plug *plug);

#endif
