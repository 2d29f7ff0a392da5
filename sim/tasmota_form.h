/* The Wi-Fi form of a simulated Tasmota, in its three generations. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_FORM_H
#define SIM_TASMOTA_FORM_H

#include "sim/tasmota_web.h"

/* The form, its saving from 6.0 on, and the root page of an access point. */
void tasmota_form_answer(const struct tasmota_visit *visit);

/* Saving in 5.x: /sv?w=1. */
void tasmota_form_save_5(const struct tasmota_visit *visit);

#endif
