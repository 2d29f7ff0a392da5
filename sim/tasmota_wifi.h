/* How a simulated Tasmota gets into a Wi-Fi network, tests credentials beside its access
 * point, or opens that. The networks are the world's: one at home, perhaps another. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_WIFI_H
#define SIM_TASMOTA_WIFI_H

#include "sim/tasmota.h"

/* Somebody has told it the home network's name and password before. */
void tasmota_at_home(struct tasmota *t);

/* After a boot: without a stored network the access point, else the first attempt. */
void tasmota_wifi_begin(struct tasmota *t);

/* Timers: an attempt is due; it was in vain; the access point's time is over; a look at the test. */
void tasmota_wifi_attempt(struct tasmota *t);
void tasmota_wifi_attempt_end(struct tasmota *t);
void tasmota_wifi_ap_end(struct tasmota *t);
void tasmota_wifi_test_look(struct tasmota *t);

/* A page was shown: the access point's time begins anew, if it has an end. */
void tasmota_wifi_somebody_looks(struct tasmota *t);

/* Starts a test of t->test.ssid and .password. */
void tasmota_wifi_test_start(struct tasmota *t);

/* What WifiTest without argument says, and the form in its own way. */
const char *tasmota_wifi_test_name(enum tasmota_test state);

#endif
