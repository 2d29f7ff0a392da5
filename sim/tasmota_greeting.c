/* What a simulated Tasmota publishes after its first connect. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_greeting.h"

#include <arpa/inet.h>
#include <mosquitto.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "sim/tasmota_module.h"
#include "sim/tasmota_mqtt.h"
#include "sim/tasmota_power.h"
#include "sim/tasmota_status.h"

enum {
	STATE_MS = 5000,
	DISCOVERY_MS = 10000,
	DISCOVERY_SOON_MS = 1000,
	OPTION_DISCOVERY_OFF = 19,
	NAMES = 8
};

/* Current versions wrap it: {"Info1":{...}}. */
static void
publish_info(struct tasmota *t, unsigned number, json_t *info)
{
	OWN_STR leaf = xasprintf("INFO%u", number);
	OWN_STR key = xasprintf("Info%u", number);
	bool wrapped = tasmota_has(&t->firmware, TRAIT_WRAPPED_INFO);
	json_t *whole = wrapped ? json_pack("{s:o}", key, info) : info;
	char *text = json_dumps(whole, JSON_COMPACT);

	tasmota_mqtt_publish(t, 2, leaf, text, false);
	free(text);
	json_decref(whole);
}

void
tasmota_greet(struct tasmota *t, const char *fallback_topic, const char *group_topic)
{
	char version[48], own[INET_ADDRSTRLEN];

	tasmota_version_text(&t->firmware, version, sizeof version);
	inet_ntop(AF_INET, &t->lan_address, own, sizeof own);
	publish_info(t, 1,
		json_pack("{s:s,s:s,s:s,s:s}", "Module", tasmota_module_name(t),
			"Version", version, "FallbackTopic", fallback_topic, "GroupTopic",
			group_topic));
	publish_info(t, 2,
		json_pack("{s:s,s:s,s:s}", "WebServerMode",
			t->settings.number[NUMBER_WEB_SERVER] == 2 ? "Admin" : "User",
			"Hostname", t->names.host, "IPAddress", own));
	publish_info(t, 3,
		json_pack("{s:s,s:i}", "RestartReason",
			t->boots > 1 ? "Software/System restart" : "Power On",
			"BootCount", (int)t->settings.boot_count));
	for (unsigned i = 0; i < tasmota_relays(t); i++)
		tasmota_power_publish(t, i);
	tasmota_timer(t, TIMER_STATE, STATE_MS);
	tasmota_status_tele_again(t);
	if (tasmota_has(&t->firmware, TRAIT_DISCOVERY) &&
		t->settings.option[OPTION_DISCOVERY_OFF] == 0)
		tasmota_timer(t, TIMER_DISCOVERY, DISCOVERY_MS);
}

static json_t *
names(const struct tasmota *t, unsigned relays)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < NAMES; i++)
		json_array_append_new(list,
			i < (relays > 0 ? relays : 1)
				? json_string(t->settings.text[TEXT_FRIENDLY_NAME1 + i])
				: json_null());
	return list;
}

static json_t *
numbers(unsigned ones, int first, int rest)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < NAMES; i++)
		json_array_append_new(list, json_integer(i < ones ? first : rest));
	return list;
}

static json_t *
discovery(const struct tasmota *t, const char *mac)
{
	unsigned relays = tasmota_relays(t);
	char own[INET_ADDRSTRLEN];
	const struct tasmota_names *n = &t->names;

	inet_ntop(AF_INET, &t->lan_address, own, sizeof own);
	return json_pack("{s:s,s:s,s:o,s:s,s:s,s:s,s:i,s:i,s:s,s:s,s:[ssss],s:s,s:s,s:s,"
			 "s:[sss],s:o,s:o,s:[nnnn],s:o,s:{s:i,s:i},s:i,s:i,s:i,s:i,s:[],"
			 "s:[],s:i}",
		"ip", own, "dn", t->settings.text[TEXT_DEVICE_NAME], "fn",
		names(t, relays), "hn", n->host, "mac", mac, "md", tasmota_module_name(t),
		"ty", 0, "if", 0, "ofln", "Offline", "onln", "Online", "state", "OFF",
		"ON", "TOGGLE", "HOLD", "sw", t->firmware.number, "t", n->topic, "ft",
		n->full_topic, "tp", n->prefix[0], n->prefix[1], n->prefix[2], "rl",
		numbers(relays, 1, 0), "swc", numbers(0, 0, -1), "swn", "btn",
		numbers(1, 0, 0), "so", "4", (int)t->settings.option[4], "26",
		(int)t->settings.option[26], "lk", 0, "lt_st", 0, "bat", 0, "dslp", 0,
		"sho", "sht", "ver", 1);
}

static void
publish(struct tasmota *t, const char *mac, const char *leaf, json_t *what)
{
	OWN_STR topic = xasprintf("tasmota/discovery/%s/%s", mac, leaf);
	char *text = what != NULL ? json_dumps(what, JSON_COMPACT) : NULL;

	mosquitto_publish(t->mqtt.client, NULL, topic,
		text != NULL ? (int)strlen(text) : 0, text, 0, true);
	free(text);
	json_decref(what);
}

/* SetOption19 1 takes both back. */
void
tasmota_mqtt_discovery(struct tasmota *t)
{
	bool off = t->settings.option[OPTION_DISCOVERY_OFF] != 0;
	char mac[13];

	if (!t->mqtt.online || !tasmota_has(&t->firmware, TRAIT_DISCOVERY))
		return;
	snprintf(mac, sizeof mac, "%02X%02X%02X%02X%02X%02X", t->mac[0], t->mac[1],
		t->mac[2], t->mac[3], t->mac[4], t->mac[5]);
	publish(t, mac, "config", off ? NULL : discovery(t, mac));
	publish(t, mac, "sensors", off ? NULL : json_pack("{s:{},s:i}", "sn", "ver", 1));
}

void
tasmota_mqtt_discovery_soon(struct tasmota *t)
{
	if (t->mqtt.online)
		tasmota_timer(t, TIMER_DISCOVERY, DISCOVERY_SOON_MS);
}
