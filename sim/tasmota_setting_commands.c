/* Commands that write one setting: texts, numbers, options. All in tables. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "sim/tasmota_command.h"
#include "sim/tasmota_mqtt.h"
#include "sim/tasmota_status.h"

enum {
	RESTARTS = 1, /* about two seconds later */
	RESTARTS_IF_NEW = 2,
	ZERO_CLEARS = 4,
	SECRET = 8, /* a question is answered with ****, a further index hides */
	INDEX_IN_KEY = 16,
	NOT_FROM_GROUP = 32, /* names of one device make no sense for all */
	TOPIC_CHARACTERS = 64 /* no blanks, +, # and / */
};

struct text_row {
	const char *name, *key;
	enum tasmota_text first;
	unsigned count;
	size_t least, most;
	unsigned flags;
};

static const struct text_row texts[] = {
	{ "SSID", "SSId", TEXT_SSID1, 2, 1, 32, RESTARTS | ZERO_CLEARS | INDEX_IN_KEY },
	{ "Password", "Password", TEXT_PASSWORD1, 2, 5, 64,
		RESTARTS | ZERO_CLEARS | INDEX_IN_KEY | SECRET },
	{ "Hostname", "Hostname", TEXT_HOSTNAME, 1, 1, 32, RESTARTS },
	{ "DeviceName", "DeviceName", TEXT_DEVICE_NAME, 1, 1, 128, NOT_FROM_GROUP },
	{ "FriendlyName", "FriendlyName", TEXT_FRIENDLY_NAME1, 8, 1, 128,
		INDEX_IN_KEY | NOT_FROM_GROUP },
	{ "MqttHost", "MqttHost", TEXT_MQTT_HOST, 1, 1, 128, RESTARTS | ZERO_CLEARS },
	{ "MqttUser", "MqttUser", TEXT_MQTT_USER, 1, 1, 128, RESTARTS | ZERO_CLEARS },
	{ "MqttPassword", "MqttPassword", TEXT_MQTT_PASSWORD, 1, 5, 128,
		RESTARTS | ZERO_CLEARS | SECRET },
	{ "MqttClient", "MqttClient", TEXT_MQTT_CLIENT, 1, 1, 128, RESTARTS },
	{ "Topic", "Topic", TEXT_TOPIC, 1, 1, 128,
		RESTARTS_IF_NEW | NOT_FROM_GROUP | TOPIC_CHARACTERS },
	{ "FullTopic", "FullTopic", TEXT_FULL_TOPIC, 1, 1, 128, RESTARTS_IF_NEW },
	{ "GroupTopic", "GroupTopic", TEXT_GROUP_TOPIC1, 4, 1, 128,
		RESTARTS | TOPIC_CHARACTERS | INDEX_IN_KEY },
	{ "Prefix", "Prefix", TEXT_PREFIX1, 3, 1, 128,
		RESTARTS | TOPIC_CHARACTERS | INDEX_IN_KEY },
	{ "NtpServer", "NtpServer", TEXT_NTP1, 3, 1, 128, ZERO_CLEARS | INDEX_IN_KEY },
	{ "WebPassword", "WebPassword", TEXT_WEB_PASSWORD, 1, 1, 128,
		ZERO_CLEARS | SECRET },
	{ "OtaUrl", "OtaUrl", TEXT_OTA_URL, 1, 1, 128, 0 },
};

struct number_row {
	const char *name;
	enum tasmota_number which;
	int64_t least, most, otherwise; /* otherwise: what a 1 stands for; 0: itself */
	unsigned flags;
	bool on_off; /* shown as words */
};

static const struct number_row numbers[] = {
	{ "MqttPort", NUMBER_MQTT_PORT, 1, 65535, 1883, RESTARTS, false },
	{ "MqttRetry", NUMBER_MQTT_RETRY, 10, 32000, 0, 0, false },
	{ "PowerRetain", NUMBER_POWER_RETAIN, 0, 1, 0, 0, true },
	{ "PowerOnState", NUMBER_POWER_ON_STATE, 0, 5, 0, 0, false },
	{ "LedState", NUMBER_LED_STATE, 0, 8, 0, 0, false },
	{ "WebLog", NUMBER_WEB_LOG, 0, 4, 0, 0, false },
	{ "SerialLog", NUMBER_SERIAL_LOG, 0, 4, 0, 0, false },
	{ "MqttLog", NUMBER_MQTT_LOG, 0, 4, 0, 0, false },
	{ "SysLog", NUMBER_SYS_LOG, 0, 4, 0, 0, false },
	{ "SwitchMode", NUMBER_SWITCH_MODE, 0, 15, 0, 0, false },
};

enum {
	OPTION_MQTT = 3,
	OPTION_OFFLINE = 10,
	OPTION_DISCOVERY_OFF = 19,
	OPTION_MDNS = 55
};

static const struct text_row *
text_row_for(const struct tasmota_call *call)
{
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (strcasecmp(texts[i].name, call->name) == 0)
			return &texts[i];
	return NULL;
}

static void
clean_topic(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++)
		if (strchr(" +#/", *from) == NULL)
			*to++ = *from;
	*to = '\0';
}

/* What the payload stands for; false when it is too short or too long to be taken. */
static bool
read_text(const struct tasmota_call *call, const struct text_row *row,
	enum tasmota_text which, char out[TASMOTA_TEXT_SIZE])
{
	const char *payload = call->payload;
	bool single = strlen(payload) == 1;

	if (single &&
		(payload[0] == '"' ||
			(payload[0] == '0' && (row->flags & ZERO_CLEARS)))) {
		out[0] = '\0';
		return true;
	}
	if ((single && payload[0] == '1') ||
		(which == TEXT_HOSTNAME && strchr(payload, '%') != NULL)) {
		text_copy(out, TASMOTA_TEXT_SIZE,
			tasmota_default_text(&call->t->firmware, which));
		return true;
	}
	if (strlen(payload) < row->least || strlen(payload) > row->most)
		return false;
	text_copy(out, TASMOTA_TEXT_SIZE, payload);
	if (row->flags & TOPIC_CHARACTERS)
		clean_topic(out);
	return true;
}

static void
topic_changes(struct tasmota *t)
{
	/* The old name's last word is taken back; the will brings it again. */
	tasmota_mqtt_publish(t, 2, "LWT",
		t->settings.option[OPTION_OFFLINE] != 0 ? "Offline" : "", true);
}

static void
write_text(const struct tasmota_call *call, const struct text_row *row,
	enum tasmota_text which)
{
	struct tasmota *t = call->t;
	char value[TASMOTA_TEXT_SIZE];
	bool is_new;

	if (!read_text(call, row, which, value))
		return;
	/* A device must not share the name of its group. */
	if (which == TEXT_TOPIC &&
		strcmp(value, t->settings.text[TEXT_GROUP_TOPIC1]) == 0)
		text_copy(value, sizeof value,
			tasmota_default_text(&t->firmware, TEXT_TOPIC));
	is_new = strcmp(value, t->settings.text[which]) != 0;
	if (is_new && !tasmota_settings_text(&t->settings, which, value))
		return;
	tasmota_changed(t);
	if (which == TEXT_TOPIC && is_new)
		topic_changes(t);
	if ((row->flags & RESTARTS) || ((row->flags & RESTARTS_IF_NEW) && is_new))
		tasmota_restart_soon(t, row->name);
	if (which == TEXT_DEVICE_NAME ||
		(which >= TEXT_FRIENDLY_NAME1 && which <= TEXT_FRIENDLY_NAME8))
		tasmota_mqtt_discovery_soon(t);
}

/* What is shown of a setting: patterns expanded. */
static void
shown_text(const struct tasmota *t, enum tasmota_text which, char out[TASMOTA_TEXT_SIZE])
{
	const char *stored = t->settings.text[which];

	if (which == TEXT_HOSTNAME && strchr(stored, '%') != NULL)
		text_copy(out, TASMOTA_TEXT_SIZE, t->names.host);
	else if (which == TEXT_TOPIC || which == TEXT_MQTT_CLIENT)
		tasmota_expand(t, stored, out, TASMOTA_TEXT_SIZE);
	else
		text_copy(out, TASMOTA_TEXT_SIZE, stored);
}

static bool
run_text(struct tasmota_call *call)
{
	const struct text_row *row = text_row_for(call);
	struct tasmota *t = call->t;
	unsigned index = call->index, count = row->count;
	bool asks = call->payload[0] == '\0', hides = asks && (row->flags & SECRET);
	char key[32], value[TASMOTA_TEXT_SIZE];
	enum tasmota_text which;

	if ((row->flags & SECRET) && index > count && index <= 2 * count &&
		tasmota_has(&t->firmware, TRAIT_HIDDEN_PASSWORDS)) {
		index -= count;
		hides = true;
	}
	/* Commands without a number of their own do not look at it. */
	if (count == 1)
		index = 1;
	if (index < 1 || index > count)
		return false;
	which = (enum tasmota_text)(row->first + index - 1);
	if (!asks && !((row->flags & NOT_FROM_GROUP) && t->from_group))
		write_text(call, row, which);
	shown_text(t, which, value);
	if (row->flags & INDEX_IN_KEY)
		snprintf(key, sizeof key, "%s%u", row->key, call->index);
	else
		text_copy(key, sizeof key, row->key);
	call->reply = json_pack("{s:s}", key, hides ? "****" : value);
	return true;
}

static bool
run_number(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	const struct number_row *row = numbers;
	int64_t value;
	json_t *shown;

	while (strcasecmp(row->name, call->name) != 0)
		row++;
	if (call->payload[0] != '\0') {
		if (!tasmota_payload_number(call->payload, &value) ||
			value < row->least || value > row->most)
			return false;
		if (value == 1 && row->otherwise != 0)
			value = row->otherwise;
		t->settings.number[row->which] = value;
		tasmota_changed(t);
		if (row->flags & RESTARTS)
			tasmota_restart_soon(t, row->name);
	}
	value = t->settings.number[row->which];
	shown = row->on_off ? json_string(value != 0 ? "ON" : "OFF")
			    : json_integer(value);
	call->reply = json_pack("{s:o}", row->name, shown);
	return true;
}

static void
write_option(struct tasmota *t, unsigned index, int64_t value)
{
	t->settings.option[index] = (uint8_t)value;
	tasmota_changed(t);
	if (index == OPTION_MQTT || (index == OPTION_MDNS && value == 0))
		tasmota_restart_soon(t, "SetOption");
	if (index == OPTION_DISCOVERY_OFF)
		tasmota_mqtt_discovery_soon(t);
}

static bool
run_option(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	unsigned index = call->index;
	bool is_number = index >= 32 && index < 50;
	char key[32];
	int64_t value;

	if (index >= TASMOTA_OPTIONS ||
		(index >= 128 && !tasmota_has(&t->firmware, TRAIT_REFERER_RULE)))
		return false;
	if (call->payload[0] != '\0') {
		if (!tasmota_payload_number(call->payload, &value) || value < 0 ||
			value > (is_number ? 255 : 1))
			return false;
		write_option(t, index, value);
	}
	snprintf(key, sizeof key, "SetOption%u", index);
	value = t->settings.option[index];
	call->reply = json_pack("{s:o}", key,
		is_number ? json_integer(value) : json_string(value != 0 ? "ON" : "OFF"));
	return true;
}

static bool
run_tele_period(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	int64_t value;

	if (call->payload[0] == '\0') {
		tasmota_status_publish_state(t);
	} else {
		if (!tasmota_payload_number(call->payload, &value) || value < 0 ||
			value > 3600)
			return false;
		t->settings.number[NUMBER_TELE_PERIOD] = value == 1 ? 300
			: value > 0 && value < 10		    ? 10
								    : value;
		tasmota_changed(t);
		tasmota_status_tele_again(t);
	}
	call->reply = json_pack("{s:I}", "TelePeriod",
		(json_int_t)t->settings.number[NUMBER_TELE_PERIOD]);
	return true;
}

static bool
run_wifi_config(struct tasmota_call *call)
{
	static const char *const names[] = { "Restart", "Smart Configuration",
		"Wifi Manager", "WPS Configuration", "Retry", "Wait", "Serial",
		"WifiManagerResetOnly" };
	struct tasmota *t = call->t;
	int64_t value;
	OWN_STR shown = NULL;

	if (call->payload[0] != '\0') {
		if (!text_to_number(call->payload, 0, COUNT_OF(names) - 1, &value))
			return false;
		t->settings.number[NUMBER_WIFI_CONFIG] = value;
		tasmota_changed(t);
		if (t->manager)
			tasmota_restart_soon(t, "WifiConfig");
	}
	value = t->settings.number[NUMBER_WIFI_CONFIG];
	shown = xasprintf("%lld (%s)", (long long)value, names[value]);
	call->reply = json_pack("{s:s}", "WifiConfig", shown);
	return true;
}

static bool
run_web_server(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	int64_t value;
	char own[INET_ADDRSTRLEN];
	OWN_STR shown = NULL;

	if (call->payload[0] != '\0') {
		if (!tasmota_payload_number(call->payload, &value) || value < 0 ||
			value > 2)
			return false;
		t->settings.number[NUMBER_WEB_SERVER] = value;
		tasmota_changed(t);
		/* The answer still leaves. */
		if (value == 0 && !t->manager)
			tasmota_close(t, FACE_LAN);
		else if (t->joined)
			tasmota_open(t, FACE_LAN);
	}
	value = t->settings.number[NUMBER_WEB_SERVER];
	inet_ntop(AF_INET, &t->lan_address, own, sizeof own);
	shown = value == 0 ? xstrdup("OFF")
			   : xasprintf("Active for %s on %s with IP address %s",
				     value == 2 ? "ADMIN" : "USER", t->names.host, own);
	call->reply = json_pack("{s:s}", "WebServer", shown);
	return true;
}

/* Minutes, as "+01:00"; 99 follows the rules of summer time. */
static bool
run_timezone(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	int hours = 0, minutes = 0;
	int64_t value;
	char shown[16];

	if (call->payload[0] != '\0') {
		if (sscanf(call->payload, "%d:%d", &hours, &minutes) < 1 || hours < -13 ||
			(hours > 14 && hours != TIMEZONE_RULES) || minutes < 0 ||
			minutes > 59)
			return false;
		if (call->payload[0] == '-')
			minutes = -minutes;
		t->settings.number[NUMBER_TIMEZONE] = hours == TIMEZONE_RULES
			? TIMEZONE_RULES
			: hours * 60 + minutes;
		tasmota_changed(t);
	}
	value = t->settings.number[NUMBER_TIMEZONE];
	if (value == TIMEZONE_RULES) {
		call->reply = json_pack("{s:i}", "Timezone", TIMEZONE_RULES);
		return true;
	}
	snprintf(shown, sizeof shown, "%c%02d:%02d", value < 0 ? '-' : '+',
		(int)(value < 0 ? -value : value) / 60,
		(int)(value < 0 ? -value : value) % 60);
	call->reply = json_pack("{s:s}", "Timezone", shown);
	return true;
}

/* Latitude and Longitude. */
static bool
run_place(struct tasmota_call *call)
{
	bool latitude = strcasecmp(call->name, "Latitude") == 0;
	int64_t *stored =
		&call->t->settings.number[latitude ? NUMBER_LATITUDE : NUMBER_LONGITUDE];
	double degrees;
	char shown[24];

	if (call->payload[0] != '\0') {
		if (sscanf(call->payload, "%lf", &degrees) != 1 || degrees < -180 ||
			degrees > 180)
			return false;
		*stored = (int64_t)(degrees * 1000000 + (degrees < 0 ? -0.5 : 0.5));
		tasmota_changed(call->t);
	}
	snprintf(shown, sizeof shown, "%.6f", (double)*stored / 1000000);
	call->reply = json_pack("{s:s}", latitude ? "Latitude" : "Longitude", shown);
	return true;
}

static bool
run_ip_address(struct tasmota_call *call)
{
	struct tasmota *t = call->t;
	char stored[INET_ADDRSTRLEN], own[INET_ADDRSTRLEN], key[16];
	uint8_t *kept;
	OWN_STR shown = NULL;

	if (call->index < 1 || call->index > 5)
		return false;
	kept = t->settings.address[call->index - 1];
	if (call->payload[0] != '\0') {
		if (inet_pton(AF_INET, call->payload, kept) != 1)
			return false;
		tasmota_changed(t);
	}
	inet_ntop(AF_INET, kept, stored, sizeof stored);
	inet_ntop(AF_INET, &t->lan_address, own, sizeof own);
	shown = call->index == 1 && t->joined ? xasprintf("%s (%s)", stored, own)
					      : xstrdup(stored);
	snprintf(key, sizeof key, "IPAddress%u", call->index);
	call->reply = json_pack("{s:s}", key, shown);
	return true;
}

const struct tasmota_command tasmota_setting_commands[] = {
	{ "SSID", run_text, 0, false },
	{ "Password", run_text, 0, false },
	{ "Hostname", run_text, 0, false },
	{ "DeviceName", run_text, TASMOTA_VERSION(8, 4, 0, 0), false },
	{ "FriendlyName", run_text, 0, false },
	{ "MqttHost", run_text, 0, false },
	{ "MqttUser", run_text, 0, false },
	{ "MqttPassword", run_text, 0, false },
	{ "MqttClient", run_text, 0, false },
	{ "Topic", run_text, 0, false },
	{ "FullTopic", run_text, 0, false },
	{ "GroupTopic", run_text, 0, false },
	{ "Prefix", run_text, 0, false },
	{ "NtpServer", run_text, 0, false },
	{ "WebPassword", run_text, 0, false },
	{ "OtaUrl", run_text, 0, true },
	{ "MqttPort", run_number, 0, false },
	{ "MqttRetry", run_number, 0, false },
	{ "PowerRetain", run_number, 0, false },
	{ "PowerOnState", run_number, 0, false },
	{ "LedState", run_number, 0, false },
	{ "WebLog", run_number, 0, true },
	{ "SerialLog", run_number, 0, true },
	{ "MqttLog", run_number, TASMOTA_VERSION(7, 0, 0, 0), false },
	{ "SysLog", run_number, 0, false },
	{ "SwitchMode", run_number, 0, false },
	{ "SetOption", run_option, 0, false },
	{ "TelePeriod", run_tele_period, 0, false },
	{ "WifiConfig", run_wifi_config, 0, false },
	{ "WebServer", run_web_server, 0, false },
	{ "Timezone", run_timezone, 0, false },
	{ "Latitude", run_place, 0, false },
	{ "Longitude", run_place, 0, false },
	{ "IPAddress", run_ip_address, 0, false },
	{ 0 },
};
