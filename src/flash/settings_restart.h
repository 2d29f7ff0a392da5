/* Waiting for what a group of settings causes: the restart of the device, or only its
 * queue. Shared by settings.c and settings_restart.c. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_SETTINGS_RESTART_H
#define FLASH_SETTINGS_RESTART_H

#include "flash/settings.h"

struct restart_watch {
	int64_t boot_count; /* before; -1: not told */
	int64_t begun_ms;
};

/* Before the group is sent; `state` holds an answer to Status 1. */
void restart_watch_begin(struct restart_watch *watch, const struct tasmota_state *state);

/* After it: waits until the device has come up again, or until it is clear that it did
 * not go away. A device that is not seen again at its address is looked for. `commands`
 * were sent. Counts the restart in *result. */
bool restart_watch_end(const struct restart_watch *watch,
	const struct settings_order *order, struct settings_result *result, bool restarts,
	unsigned commands, struct err *err);

#endif
