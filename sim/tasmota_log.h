/* What a simulated Tasmota has heard, as event lines without secrets. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_LOG_H
#define SIM_TASMOTA_LOG_H

#include "sim/tasmota.h"
#include "sim/web_request.h"

void tasmota_log_request(const struct tasmota *t, const struct web_request *request,
	enum tasmota_face face);

/* A message from the broker. */
void tasmota_log_message(const struct tasmota *t, const char *topic, const char *payload);

/* A command with its secrets replaced by ****, Backlogs too. The caller frees it. */
char *tasmota_mask(const char *command);

#endif
