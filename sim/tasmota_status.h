/* What a simulated Tasmota tells about itself: Status 0 to 11, STATE. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_STATUS_H
#define SIM_TASMOTA_STATUS_H

#include "sim/tasmota_command.h"

/* The commands Status and State. */
bool tasmota_status_run(struct tasmota_call *call);
bool tasmota_status_run_state(struct tasmota_call *call);

/* tele/T/STATE now; and on a timer, by TelePeriod. */
void tasmota_status_publish_state(struct tasmota *t);
void tasmota_status_tele(struct tasmota *t);
void tasmota_status_tele_again(struct tasmota *t);

/* "5C:CF:7F:00:00:01". */
void tasmota_mac_text(const struct tasmota *t, char out[18]);

#endif
