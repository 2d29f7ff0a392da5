/* Answers of Tasmota's /cm: one reader for each Status object, found by its name. */
/* SPDX-License-Identifier: MIT */
#include "wire/tasmota_status.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text.h"

#define NUMBER_MOST INT64_C(0xffffffff)

enum tasmota_reply
tasmota_read_reply(const char *bytes, size_t len, json_t **object)
{
	json_t *root = json_read(bytes, len, TASMOTA_ANSWER_MOST);
	const char *warning = json_text(root, "WARNING");
	const char *command = json_text(root, "Command");
	enum tasmota_reply reply = TASMOTA_RESULTS;

	*object = NULL;
	if (!json_is_object(root))
		reply = TASMOTA_NOT_JSON;
	else if (warning != NULL)
		reply = strstr(warning, "password") != NULL ? TASMOTA_WANTS_PASSWORD
							    : TASMOTA_ERROR;
	else if (command != NULL && strcmp(command, "Unknown") == 0)
		reply = TASMOTA_UNKNOWN;
	else if (command != NULL && strcmp(command, "Error") == 0)
		reply = TASMOTA_ERROR;
	if (reply == TASMOTA_RESULTS)
		*object = root;
	else
		json_decref(root);
	return reply;
}

void
tasmota_state_init(struct tasmota_state *state)
{
	*state = (struct tasmota_state){
		.module = -1,
		.boot_count = -1,
		.http_api = -1,
		.wifi_config = -1,
		.uptime_s = -1,
		.signal_percent = -1,
	};
}

static void
take_text(const json_t *object, const char *name, char *out, size_t size)
{
	const char *text = json_text(object, name);

	if (text != NULL)
		text_printable(out, size, text);
}

static void
take_small(const json_t *object, const char *name, int *out)
{
	int64_t number;

	if (json_number(object, name, 0, 65535, &number))
		*out = (int)number;
}

/* A plain text in 5.x, a list later. */
static void
read_status(const json_t *object, struct tasmota_state *state)
{
	const json_t *friendly = json_object_get(object, "FriendlyName");

	if (json_is_array(friendly))
		friendly = json_array_get(friendly, 0);
	if (json_is_string(friendly))
		text_printable(state->friendly_name, sizeof state->friendly_name,
			json_string_value(friendly));
	state->has_status = true;
	take_small(object, "Module", &state->module);
	take_text(object, "DeviceName", state->device_name, sizeof state->device_name);
	take_text(object, "Topic", state->topic, sizeof state->topic);
}

static void
read_parameters(const json_t *object, struct tasmota_state *state)
{
	state->has_parameters = true;
	take_text(object, "GroupTopic", state->group_topic, sizeof state->group_topic);
	take_text(object, "OtaUrl", state->ota_url, sizeof state->ota_url);
	take_text(object, "RestartReason", state->restart_reason,
		sizeof state->restart_reason);
	json_number(object, "BootCount", 0, NUMBER_MOST, &state->boot_count);
}

static void
read_firmware(const json_t *object, struct tasmota_state *state)
{
	take_text(object, "Version", state->version, sizeof state->version);
	take_text(object, "Hardware", state->hardware, sizeof state->hardware);
}

static void
read_log(const json_t *object, struct tasmota_state *state)
{
	const json_t *names = json_object_get(object, "SSId");

	for (size_t i = 0; i < COUNT_OF(state->stored_ssid); i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (name != NULL)
			text_printable(state->stored_ssid[i],
				sizeof state->stored_ssid[i], name);
	}
}

static void
read_memory(const json_t *object, struct tasmota_state *state)
{
	state->has_memory = json_number(object, "Free", 0, NUMBER_MOST, &state->free_kib);
	json_number(object, "ProgramSize", 0, NUMBER_MOST, &state->program_kib);
	json_number(object, "FlashSize", 0, NUMBER_MOST, &state->flash_kib);
}

static void
read_network(const json_t *object, struct tasmota_state *state)
{
	const char *mac = json_text(object, "Mac");

	state->has_network = true;
	take_text(object, "Hostname", state->hostname, sizeof state->hostname);
	take_text(object, "IPAddress", state->address, sizeof state->address);
	take_small(object, "HTTP_API", &state->http_api);
	take_small(object, "WifiConfig", &state->wifi_config);
	if (mac != NULL)
		tasmota_read_mac(mac, state->mac);
}

static void
read_mqtt(const json_t *object, struct tasmota_state *state)
{
	state->has_mqtt = true;
	take_text(object, "MqttHost", state->mqtt_host, sizeof state->mqtt_host);
	take_text(object, "MqttUser", state->mqtt_user, sizeof state->mqtt_user);
	json_number(object, "MqttPort", 0, 65535, &state->mqtt_port);
	json_number(object, "MqttCount", 0, NUMBER_MOST, &state->mqtt_count);
}

static void
read_time(const json_t *object, struct tasmota_state *state)
{
	tasmota_read_value(object, "Timezone", state->timezone, sizeof state->timezone);
}

static void
read_periodic(const json_t *object, struct tasmota_state *state)
{
	const json_t *wifi = json_object_get(object, "Wifi");

	state->has_state = true;
	json_number(object, "UptimeSec", 0, NUMBER_MOST, &state->uptime_s);
	take_text(wifi, "SSId", state->ssid, sizeof state->ssid);
	take_small(wifi, "AP", &state->wifi_slot);
	take_small(wifi, "RSSI", &state->signal_percent);
}

static const struct {
	const char *name;
	void (*read)(const json_t *object, struct tasmota_state *state);
} objects[] = {
	{ "Status", read_status },
	{ "StatusPRM", read_parameters },
	{ "StatusFWR", read_firmware },
	{ "StatusLOG", read_log },
	{ "StatusMEM", read_memory },
	{ "StatusNET", read_network },
	{ "StatusMQT", read_mqtt },
	{ "StatusTIM", read_time },
	{ "StatusSTS", read_periodic },
};

bool
tasmota_read_state(const json_t *object, struct tasmota_state *state)
{
	bool any = false;

	for (size_t i = 0; i < COUNT_OF(objects); i++) {
		const json_t *member = json_object_get(object, objects[i].name);

		if (!json_is_object(member))
			continue;
		objects[i].read(member, state);
		any = true;
	}
	return any;
}

static const json_t *
member_nocase(const json_t *object, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)object, key, value)
		if (strcasecmp(key, name) == 0)
			return value;
	return NULL;
}

bool
tasmota_read_value(const json_t *object, const char *name, char *out, size_t size)
{
	const json_t *value = member_nocase(object, name);

	if (json_is_object(value)) {
		/* The number is the key, the value is its name. */
		void *first = json_object_iter((json_t *)(uintptr_t)value);

		if (first == NULL)
			return false;
		text_printable(out, size, json_object_iter_key(first));
		return true;
	}
	if (json_is_string(value))
		text_printable(out, size, json_string_value(value));
	else if (json_is_integer(value))
		snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		return false;
	return true;
}

bool
tasmota_read_timezone(const char *text, int *minutes)
{
	bool negative = *text == '-';
	const char *at = text + (*text == '-' || *text == '+');
	size_t len = strcspn(at, ":");
	int64_t hours, extra = 0;
	char first[4];

	if (!isdigit((unsigned char)*at) ||
		!text_copy_bytes(first, sizeof first, at, len) ||
		!text_to_number(first, 0, 99, &hours))
		return false;
	if (at[len] == ':' && !text_to_number(at + len + 1, 0, 59, &extra))
		return false;
	if (hours > 14 && (hours != 99 || negative || extra != 0))
		return false;
	*minutes = (int)(hours * 60 + extra) * (negative ? -1 : 1);
	return true;
}

bool
tasmota_read_mac(const char *text, char out[13])
{
	char digits[13];
	size_t count = 0;

	for (; *text != '\0'; text++) {
		if ((*text == ':' || *text == '-') && count % 2 == 0 && count > 0)
			continue;
		if (!isxdigit((unsigned char)*text) || count == 12)
			return false;
		digits[count++] = (char)toupper((unsigned char)*text);
	}
	if (count != 12)
		return false;
	digits[12] = '\0';
	memcpy(out, digits, sizeof digits);
	return true;
}

enum tasmota_wifi_test
tasmota_read_wifi_test(const json_t *object)
{
	/* Part of the answer, lower case. The first that is found counts. */
	static const struct {
		const char *part;
		enum tasmota_wifi_test meaning;
	} rows[] = {
		{ "not started", WIFI_TEST_NONE },
		{ "testing", WIFI_TEST_RUNS },
		{ "busy", WIFI_TEST_RUNS },
		{ "success", WIFI_TEST_GOOD },
		{ "wrong password", WIFI_TEST_WRONG_PASSWORD },
		{ "incorrect password", WIFI_TEST_WRONG_PASSWORD },
		{ "no ip", WIFI_TEST_NO_ADDRESS },
		{ "cannot be reached", WIFI_TEST_NO_NETWORK },
		{ "timeout", WIFI_TEST_TIMEOUT },
		{ "fail", WIFI_TEST_FAILED },
	};
	void *first = json_object_iter((json_t *)(uintptr_t)object);
	const char *key = first != NULL ? json_object_iter_key(first) : "";
	const char *said = json_string_value(
		first != NULL ? json_object_iter_value(first) : NULL);

	if (said == NULL || strncasecmp(key, "wifitest", strlen("wifitest")) != 0)
		return WIFI_TEST_NONE;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcasestr(said, rows[i].part) != NULL)
			return rows[i].meaning;
	return WIFI_TEST_NONE;
}
