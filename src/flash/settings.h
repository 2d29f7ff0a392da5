/* A Tasmota's settings: read, compared, written in as few restarts as possible, read back.
 * Running it again changes nothing. What can not be read back is said. */
/* SPDX-License-Identifier: MIT */
#ifndef FLASH_SETTINGS_H
#define FLASH_SETTINGS_H

#include "device/find_again.h"
#include "device/tasmota_client.h"

/* In the order they are written: what needs no restart first, secrets last. */
enum setting {
	SETTING_DEVICE_NAME,
	SETTING_FRIENDLY_NAME,
	SETTING_POWER_ON, /* "0" off, "1" on, "2" toggle, "3" saved */
	SETTING_TIMEZONE, /* hours, "+5:30", or "99" */
	SETTING_TEMPLATE, /* JSON; takes effect with module "0" */
	SETTING_MODULE, /* a number */
	SETTING_HOSTNAME,
	SETTING_MQTT_HOST,
	SETTING_MQTT_PORT,
	SETTING_MQTT_USER,
	SETTING_MQTT_PASSWORD, /* a secret */
	SETTING_TOPIC,
	SETTING_GROUP_TOPIC,
	SETTING_WEB_PASSWORD, /* a secret */
	SETTING_COUNT
};

#define SETTING_VALUE_MOST 512 /* a template; others are shorter */

/* What a model wants, by version: NULL where nothing is known. The two templates describe
 * the same board with numbers of different tables and must never be mixed up. */
struct settings_hardware {
	const char *template; /* 14 numbers: 9.1 and later */
	const char *template_13; /* 13 numbers: before */
	const char *module; /* where the version takes neither */
};

struct settings {
	const char *want[SETTING_COUNT]; /* NULL: leave it alone */
	struct settings_hardware hardware; /* settings_choose_hardware() */
};

/* Fills in template and module from the model's hardware, by the version of the device,
 * where neither is wanted yet. */
void settings_choose_hardware(
	struct settings *settings, const struct tasmota_version *version);

/* "MQTT host" */
const char *setting_name(enum setting setting);

/* Values that Tasmota would take for something else: E-SETTING-VALUE. Touches nothing. */
bool settings_check(const struct settings *settings, struct err *err);

struct settings_order {
	struct tasmota_client *client; /* one of its passwords is the one wanted */
	const struct settings *want;
	bool renew_secrets; /* write passwords also when they seem to work */
	const struct find_order
		*find; /* when it comes back elsewhere; mac is filled in */
	const struct cancel *cancel;
	/* Fact first: called before each group is sent. A false ends it. */
	bool (*note)(void *context, const char *what, struct err *err);
	void (*say)(void *context, const char *sentence);
	void *context;
};

struct settings_result {
	unsigned written; /* settings that were sent */
	unsigned restarts; /* that were caused */
	bool written_one[SETTING_COUNT];
	bool left_out[SETTING_COUNT]; /* this version does not have it */
	bool unread[SETTING_COUNT]; /* sent, but can not be read back */
	char old_topic[101]; /* before; "" when the topic is as it was */
	struct tasmota_state state; /* as read at last */
};

/* Blocks. False: E-SETTING-NOT-TAKEN names what differs after two rounds, E-TEMPLATE, or
 * as tasmota_client.h and find_again.h. */
bool settings_apply(const struct settings_order *order, struct settings_result *result,
	struct err *err);

#endif
