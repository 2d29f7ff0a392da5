/* The upload form of a simulated Tasmota: firmware or settings as a file. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_UPLOAD_H
#define SIM_TASMOTA_UPLOAD_H

#include "sim/tasmota_web.h"

void tasmota_upload_page(const struct tasmota_visit *visit);
void tasmota_upload_restore_page(const struct tasmota_visit *visit);
void tasmota_upload_by_url(const struct tasmota_visit *visit);
void tasmota_upload_take(const struct tasmota_visit *visit);

#endif
