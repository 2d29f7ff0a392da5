/* The console page of a simulated Tasmota: what is typed there is executed, what it
 * caused is shown. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_CONSOLE_H
#define SIM_TASMOTA_CONSOLE_H

#include "sim/tasmota_web.h"

/* The page itself, or with `c1` a command and with `c2` what its log has. */
void tasmota_console_answer(const struct tasmota_visit *visit);

#endif
