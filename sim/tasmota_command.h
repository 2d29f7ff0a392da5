/* A simulated Tasmota's commands: one line in, JSON out to whoever asked and to the broker.
 * Backlogs are queued here. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_COMMAND_H
#define SIM_TASMOTA_COMMAND_H

#include "sim/tasmota.h"

/* One command being executed. */
struct tasmota_call {
	struct tasmota *t;
	char name[32]; /* as sent, without the digits at its end */
	unsigned index; /* those digits; 1 where there are none */
	bool index_given;
	const char *payload; /* "" for a question; without blanks at its ends */
	json_t *reply; /* set by the handler; taken over */
};

struct tasmota_command {
	const char *name;
	/* False: {"Command":"Error"}. True without a reply: it answered by itself. */
	bool (*run)(struct tasmota_call *call);
	uint32_t since; /* version; 0: all */
	bool in_minimal; /* one of the six */
};

/* Executes "Name payload"; a leading cmnd/topic/ is skipped. */
void tasmota_execute(struct tasmota *t, const char *line);

/* Is there such a command in any version? `name` may carry digits. */
bool tasmota_command_exists(const char *name, size_t len);

/* Hands a result to the web request in hand and to the broker, on stat/.../LEAF. Takes
 * the reference. */
void tasmota_reply(struct tasmota *t, const char *leaf, json_t *reply);

/* Sent values: a number, ON, OFF, TOGGLE, TRUE, FALSE. False for anything else. */
bool tasmota_payload_number(const char *payload, int64_t *out);

void tasmota_backlog_next(struct tasmota *t);
void tasmota_backlog_clear(struct tasmota *t);

/* The tables; each ends with an empty row. */
extern const struct tasmota_command tasmota_setting_commands[];
extern const struct tasmota_command tasmota_control_commands[];
extern const struct tasmota_command tasmota_module_commands[];

#endif
