/* One Tasmota build: its version, its variant, and everything that differs because of
 * them. Source: doc/protocol/simulator-tasmota.md. */
/* SPDX-License-Identifier: MIT */
#ifndef SIM_TASMOTA_FIRMWARE_H
#define SIM_TASMOTA_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 9.5.0.7 is TASMOTA_VERSION(9, 5, 0, 7). */
#define TASMOTA_VERSION(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* What came, or changed, with some version. */
enum tasmota_trait {
	TRAIT_ANSWER_401, /* a missing password: status 401, before that 200 */
	TRAIT_API_OFF, /* SetOption128 is 0 on a fresh device */
	TRAIT_AP_UNLIMITED, /* a blank device's access point has no 180 s limit */
	TRAIT_DASHED_HOST, /* the host name has - where the topic has _ */
	TRAIT_DEVICE_NAME,
	TRAIT_DISCOVERY,
	TRAIT_GPIO_16_BIT, /* templates of 14 numbers, codes above 255 */
	TRAIT_GZIP,
	TRAIT_HARDWARE, /* Status 2 names the chip */
	TRAIT_HIDDEN_PASSWORDS, /* Password3, MqttPassword2, WebPassword2 */
	TRAIT_HTTP_API, /* Status 5 tells SetOption128 */
	TRAIT_LARGE_COMMANDS, /* 1200 bytes, before that 250 */
	TRAIT_LAST_TRY_GZ, /* the last download attempt appends .gz */
	TRAIT_MINIMAL_IS_DUMB, /* minimal builds know six commands */
	TRAIT_NAME_LIST, /* Status has FriendlyName as an array */
	TRAIT_OBJECT_MODULE, /* {"Module":{"1":"..."}}, before that text */
	TRAIT_POWER_BITS, /* Status has Power as text, one digit per relay */
	TRAIT_REFERER_RULE,
	TRAIT_RELEASE_PREFIX, /* 15.2.0(release-lite) */
	TRAIT_SEMICOLON_SPLITS, /* a bare ; separates arguments of a query */
	TRAIT_SERVER_HEADER,
	TRAIT_STATUS_0, /* Status0 without blank: one MQTT message */
	TRAIT_TEMPLATE,
	TRAIT_TESTED_FORM,
	TRAIT_TOPIC_WITH_MAC,
	TRAIT_TWO_DNS,
	TRAIT_UNKNOWN_INPUT, /* {"Command":"Unknown","Input":"..."} */
	TRAIT_VARIANT_IN_VERSION, /* 9.2.0(lite), before that 5.9.1 */
	TRAIT_WIFI_TEST,
	TRAIT_WI_FORM, /* /wi?save=, before that /sv?w=1 */
	TRAIT_WRAPPED_INFO, /* {"Info1":{...}} */
	TRAITS
};

struct tasmota_firmware {
	uint32_t version;
	char number[20]; /* "15.5.0" */
	char variant[16]; /* "lite" */
	uint32_t bytes; /* of the program in flash */
};

/* Two to four numbers with dots. False for anything else. */
bool tasmota_version_read(const char *text, uint32_t *out);

/* Fills the text of a version and, where none is given (0), a usual size. */
void tasmota_firmware_set(struct tasmota_firmware *firmware, uint32_t version,
	const char *variant, uint32_t bytes);

bool tasmota_has(const struct tasmota_firmware *firmware, enum tasmota_trait trait);
bool tasmota_is_minimal(const struct tasmota_firmware *firmware);

/* What Status 2 says: "15.5.0(release-tasmota)". Returns out. */
char *tasmota_version_text(
	const struct tasmota_firmware *firmware, char *out, size_t size);

/* What topics and the access point are named after: "sonoff" or "tasmota". */
const char *tasmota_stem(const struct tasmota_firmware *firmware);

#endif
