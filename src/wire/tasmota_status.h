/* Answers of Tasmota's /cm: results, refusals, and what Status tells. No sockets. */
/* SPDX-License-Identifier: MIT */
#ifndef WIRE_TASMOTA_STATUS_H
#define WIRE_TASMOTA_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

#define TASMOTA_ANSWER_MOST (32 * 1024) /* Status 0 of a full build has about 5 KiB */

enum tasmota_reply {
	TASMOTA_RESULTS, /* a JSON object */
	TASMOTA_UNKNOWN, /* this build does not know the command */
	TASMOTA_ERROR, /* index or value is not possible */
	TASMOTA_WANTS_PASSWORD,
	TASMOTA_NOT_JSON, /* a page: WebServer 1, or something else altogether */
};

/* What kind of answer it is; *object is a new reference, NULL unless TASMOTA_RESULTS. */
enum tasmota_reply tasmota_read_reply(const char *bytes, size_t len, json_t **object);

/* What Status, Status 1 ... 11 and 0 tell. Every text is printable; "" or 0 or -1 where
 * nothing was said. */
struct tasmota_state {
	/* Status */
	bool has_status;
	int module; /* 0: the template */
	char device_name[101];
	char friendly_name[101];
	char topic[101];
	/* 1 */
	bool has_parameters;
	char group_topic[101];
	char ota_url[161];
	char restart_reason[65];
	int64_t boot_count; /* -1: not told */
	/* 2 */
	char version[65]; /* "" : not told */
	char hardware[33];
	/* 3 */
	char stored_ssid[2][65];
	/* 4, KiB */
	bool has_memory;
	int64_t program_kib, free_kib, flash_kib;
	/* 5 */
	bool has_network;
	char hostname[65];
	char address[65];
	char mac[13]; /* 12 upper-case digits */
	int http_api; /* -1: not told */
	int wifi_config;
	/* 6; absent while MQTT is off */
	bool has_mqtt;
	char mqtt_host[101];
	int64_t mqtt_port;
	char mqtt_user[101];
	int64_t mqtt_count; /* connections since it started */
	/* 7 */
	char timezone[17];
	/* 11 */
	bool has_state;
	int64_t uptime_s; /* -1: not told */
	char ssid[65]; /* of the network it is in */
	int wifi_slot; /* 1 or 2: which of the stored ones that is; 0: not told */
	int signal_percent;
};

void tasmota_state_init(struct tasmota_state *state);

/* Adds what an answer tells to *state; says nothing of other members. True when at least
 * one Status object was in it. */
bool tasmota_read_state(const json_t *object, struct tasmota_state *state);

/* A setting's value out of the answer to its query, as text: {"Topic":"lamp"},
 * {"PowerOnState":3}, {"Module":{"1":"Sonoff Basic"}} ("1"), {"Timezone":"+01:00"}. The
 * name is compared without case, 5.x and later spell differently. False when there is no
 * such member. */
bool tasmota_read_value(const json_t *object, const char *name, char *out, size_t size);

/* Minutes of "+01:00", "-3:30", "1"; 99 is the time with daylight saving: 5940. */
bool tasmota_read_timezone(const char *text, int *minutes);

/* 12 upper-case hexadecimal digits of a MAC with or without colons; false for anything
 * else. */
bool tasmota_read_mac(const char *text, char out[13]);

/* What WifiTest without argument says. */
enum tasmota_wifi_test {
	WIFI_TEST_NONE, /* not started, or an answer we do not know */
	WIFI_TEST_RUNS,
	WIFI_TEST_GOOD,
	WIFI_TEST_WRONG_PASSWORD,
	WIFI_TEST_NO_NETWORK, /* no such SSID in reach */
	WIFI_TEST_NO_ADDRESS, /* joined, but no address by DHCP */
	WIFI_TEST_TIMEOUT, /* heard, no answer */
	WIFI_TEST_FAILED /* no reason given */
};
enum tasmota_wifi_test tasmota_read_wifi_test(const json_t *object);

#endif
