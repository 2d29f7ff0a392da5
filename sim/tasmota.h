/* The freshly booted Tasmota of a simulated device: just enough web server to prove who
 * it is. Source: doc/protocol/tasmota.md. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_H
#define SIM_TASMOTA_H

#include "sim/flash_image.h"
#include "sim/plug.h"

/* Opens the web server, prints the "boots" line and answers until the world ends. */
void tasmota_live(struct plug *plug, const struct flash_image *image);

#endif
