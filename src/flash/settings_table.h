/* The rows behind flash/settings.h: how each setting is written, read and compared. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_SETTINGS_TABLE_H
#define FLASH_SETTINGS_TABLE_H

#include "flash/settings.h"

struct setting_row {
	const char *name; /* for people */
	const char *command; /* as Tasmota calls it */
	const char *sent_as; /* when writing; NULL: as `command` */
	enum tasmota_feature since; /* TASMOTA_FEATURES: always there */
	bool restarts; /* writing it restarts the device */
	bool is_secret; /* never read, never shown */
	unsigned most; /* bytes of the value */
	/* The value now. False: this device does not tell. */
	bool (*read)(const struct setting_row *row, struct tasmota_client *client,
		const struct tasmota_state *state, char out[SETTING_VALUE_MOST]);
	bool (*equal)(const char *want, const char *now);
	bool (*check)(const char *want); /* NULL: plain text */
	size_t field; /* of struct tasmota_state, for those that stand in it */
};

extern const struct setting_row setting_rows[SETTING_COUNT];

/* The command that writes a value; it may hold a secret. */
bool setting_command(struct buf *out, enum setting setting, const char *value);

#endif
