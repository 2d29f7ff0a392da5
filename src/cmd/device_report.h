/* Devices in words: the lines people read and the members of "device" events. */
/* SPDX-License-Identifier: MIT */
#ifndef CMD_DEVICE_REPORT_H
#define CMD_DEVICE_REPORT_H

#include "base/json.h"
#include "cmd/app.h"
#include "device/verdict.h"

/* address, model, type, firmware, kind, signal_dbm, lock, switch, startup: what is known. */
json_t *device_report_json(const struct device *device);

/* can_be_freed, method and reason or code, cause and remedy, next_step, warnings. */
void device_report_add_verdict(json_t *object, const struct verdict *verdict);

/* "closed", "open", "unknown" */
const char *device_report_lock(const struct device *device);

/* "1000a1b2c3  192.0.2.7:8081  Sonoff MINI  3.6.0  -58 dBm  locked", on standard output. */
void device_report_line(const struct device *device);

/* What became of a call that set something: "1000a1b2c3  switch on". NOW is what was read
 * back, "" where the firmware can not tell. */
void device_report_change(const struct app *app, const struct device *device,
	const char *what, const char *wanted, const char *now);

#endif
