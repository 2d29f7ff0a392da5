/* Handing devices over to homebridge: its config.json is changed whole or not at all, a
 * copy of the first state is kept beside it, and nothing else in it is touched. */
/* SPDX-License-Identifier: MIT */
#ifndef FLEET_HANDOVER_HOMEBRIDGE_H
#define FLEET_HANDOVER_HOMEBRIDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"
#include "fleet/homebridge_config.h"

#define HOMEBRIDGE_CONFIG_MOST (4 * 1024 * 1024)
#define HOMEBRIDGE_BACKUP      ".before-airlift"

struct homebridge_order {
	const char *config_path;
	struct homebridge_account account;
	bool needs_account; /* the broker wants a user: new blocks must have one */
	const char *type; /* NULL: by device */
	bool dry_run; /* tells, writes nothing */
	const struct cancel *cancel;
	homebridge_tell *tell; /* called for every accessory concerned */
	void *context;
};

struct homebridge_result {
	unsigned added, changed, removed, kept;
	char *backup; /* owned; NULL when none was made now */
	bool narrowed; /* the file is readable by its owner alone now: it holds a password */
};
void homebridge_result_clear(struct homebridge_result *result);

/* Puts the devices in. Nothing is written when nothing changes. Several programs may do
 * so at once. E-HOMEBRIDGE-JSON names line and column, E-HOMEBRIDGE-CONFIG,
 * E-HOMEBRIDGE-MISSING, E-HANDOVER-ACCOUNT, E-HANDOVER-OUTPUTS, E-FILE. */
bool homebridge_hand_over(const struct homebridge_order *order,
	const struct tasmota_discovery *const *devices, size_t count,
	struct homebridge_result *result, struct err *err);

/* Takes devices out, named by topic or MAC; `count` 0: all. */
bool homebridge_take_back(const struct homebridge_order *order,
	const char *const *devices, size_t count, struct homebridge_result *result,
	struct err *err);

#endif
