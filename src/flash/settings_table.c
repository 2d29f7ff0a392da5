/* How each setting is written, read and compared. Values that Tasmota takes for
 * something else ("0" clears, "1" is the default, '"' clears) are refused. */
/* SPDX-License-Identifier: MIT */
#include "flash/settings_table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "wire/tasmota_topic.h"

static bool
read_field(const struct setting_row *row, struct tasmota_client *client,
	const struct tasmota_state *state, char out[SETTING_VALUE_MOST])
{
	(void)client;
	text_copy(out, SETTING_VALUE_MOST, (const char *)state + row->field);
	return true;
}

static bool
read_module(const struct setting_row *row, struct tasmota_client *client,
	const struct tasmota_state *state, char out[SETTING_VALUE_MOST])
{
	(void)row;
	(void)client;
	snprintf(out, SETTING_VALUE_MOST, "%d", state->module);
	return state->module >= 0;
}

static bool
read_port(const struct setting_row *row, struct tasmota_client *client,
	const struct tasmota_state *state, char out[SETTING_VALUE_MOST])
{
	(void)row;
	(void)client;
	snprintf(out, SETTING_VALUE_MOST, "%d", (int)state->mqtt_port);
	return state->has_mqtt;
}

/* Those that no Status holds in every version. */
static bool
ask_for_it(const struct setting_row *row, struct tasmota_client *client,
	const struct tasmota_state *state, char out[SETTING_VALUE_MOST])
{
	(void)state;
	return tasmota_ask_value(client, row->command, out, SETTING_VALUE_MOST, NULL);
}

static bool
ask_template(const struct setting_row *row, struct tasmota_client *client,
	const struct tasmota_state *state, char out[SETTING_VALUE_MOST])
{
	OWN_JSON answer = NULL;
	char *text;
	bool fits;

	(void)state;
	if (!tasmota_ask(client, row->command, &answer, NULL))
		return false;
	text = json_dumps(answer, JSON_COMPACT);
	fits = text != NULL && text_copy(out, SETTING_VALUE_MOST, text);
	free(text);
	return fits;
}

static bool
equal_text(const char *want, const char *now)
{
	return strcmp(want, now) == 0;
}

/* "3" and "03" are the same; some versions add a name behind the number. */
static bool
equal_number(const char *want, const char *now)
{
	return isdigit((unsigned char)*now) && atoi(want) == atoi(now);
}

static bool
equal_timezone(const char *want, const char *now)
{
	int a, b;

	return tasmota_read_timezone(want, &a) && tasmota_read_timezone(now, &b) &&
		a == b;
}

/* Members the user did not name are the firmware's business. */
static bool
equal_template(const char *want, const char *now)
{
	OWN_JSON a = json_read(want, strlen(want), SETTING_VALUE_MOST);
	OWN_JSON b = json_read(now, strlen(now), SETTING_VALUE_MOST);
	const char *key;
	json_t *value;

	json_object_foreach (a, key, value)
		if (!json_equal(value, json_object_get(b, key)))
			return false;
	return json_is_object(a) && json_is_object(b);
}

static bool
is_digits(const char *want)
{
	int64_t number;

	return text_to_number(want, 0, 65535, &number);
}

static bool
is_timezone(const char *want)
{
	int minutes;

	return tasmota_read_timezone(want, &minutes);
}

static bool
is_template(const char *want)
{
	OWN_JSON object = json_read(want, strlen(want), SETTING_VALUE_MOST);
	const json_t *pins = json_object_get(object, "GPIO");

	return json_is_object(object) &&
		(pins == NULL || json_array_size(pins) == 13 ||
			json_array_size(pins) == 14);
}

static bool
is_topic(const char *want)
{
	return tasmota_topic_is_plain(want);
}

static bool
is_hostname(const char *want)
{
	size_t len = strspn(
		want, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 0 && want[len] == '\0' && want[0] != '-';
}

/* Official builds can not resolve ".local" names. */
static bool
is_host(const char *want)
{
	return strchr(want, ' ') == NULL && !text_ends_with(want, ".local");
}

#define FIELD(name) offsetof(struct tasmota_state, name)
#define ALWAYS	    TASMOTA_FEATURES

/* clang-format off */
const struct setting_row setting_rows[SETTING_COUNT] = {
	[SETTING_DEVICE_NAME] = { "device name", "DeviceName", NULL, TASMOTA_DEVICE_NAME,
		false, false, 32, read_field, equal_text, NULL, FIELD(device_name) },
	[SETTING_FRIENDLY_NAME] = { "friendly name", "FriendlyName1", NULL, ALWAYS,
		false, false, 32, read_field, equal_text, NULL, FIELD(friendly_name) },
	[SETTING_POWER_ON] = { "power-on state", "PowerOnState", NULL, ALWAYS,
		false, false, 1, ask_for_it, equal_number, is_digits, 0 },
	[SETTING_TIMEZONE] = { "time zone", "Timezone", NULL, ALWAYS,
		false, false, 6, ask_for_it, equal_timezone, is_timezone, 0 },
	[SETTING_TEMPLATE] = { "template", "Template", NULL, ALWAYS,
		true, false, SETTING_VALUE_MOST - 1, ask_template, equal_template, is_template, 0 },
	[SETTING_MODULE] = { "module", "Module", NULL, ALWAYS,
		true, false, 3, read_module, equal_number, is_digits, 0 },
	[SETTING_HOSTNAME] = { "host name", "Hostname", NULL, ALWAYS,
		true, false, 32, read_field, equal_text, is_hostname, FIELD(hostname) },
	[SETTING_MQTT_HOST] = { "MQTT host", "MqttHost", NULL, ALWAYS,
		true, false, 64, read_field, equal_text, is_host, FIELD(mqtt_host) },
	[SETTING_MQTT_PORT] = { "MQTT port", "MqttPort", NULL, ALWAYS,
		true, false, 5, read_port, equal_number, is_digits, 0 },
	[SETTING_MQTT_USER] = { "MQTT user", "MqttUser", NULL, ALWAYS,
		true, false, 64, read_field, equal_text, NULL, FIELD(mqtt_user) },
	[SETTING_MQTT_PASSWORD] = { "MQTT password", "MqttPassword", "MqttPassword2", ALWAYS,
		true, true, 64, NULL, NULL, NULL, 0 },
	[SETTING_TOPIC] = { "topic", "Topic", NULL, ALWAYS,
		true, false, 32, read_field, equal_text, is_topic, FIELD(topic) },
	[SETTING_GROUP_TOPIC] = { "group topic", "GroupTopic", "GroupTopic1", ALWAYS,
		true, false, 32, read_field, equal_text, is_topic, FIELD(group_topic) },
	[SETTING_WEB_PASSWORD] = { "web password", "WebPassword", "WebPassword2", ALWAYS,
		false, true, 32, NULL, NULL, NULL, 0 },
};
/* clang-format on */

void
settings_choose_hardware(struct settings *settings, const struct tasmota_version *version)
{
	const struct settings_hardware *hardware = &settings->hardware;
	const char *template = tasmota_has(version, TASMOTA_PINS_14) ? hardware->template
		: tasmota_has(version, TASMOTA_TEMPLATE) ? hardware->template_13
							 : NULL;

	if (settings->want[SETTING_TEMPLATE] != NULL ||
		settings->want[SETTING_MODULE] != NULL)
		return;
	settings->want[SETTING_TEMPLATE] = template;
	/* A template comes into use as module 0. */
	settings->want[SETTING_MODULE] = template != NULL ? "0" : hardware->module;
}

const char *
setting_name(enum setting setting)
{
	return setting_rows[setting].name;
}

bool
setting_command(struct buf *out, enum setting setting, const char *value)
{
	const struct setting_row *row = &setting_rows[setting];

	return buf_addf(
		out, "%s %s", row->sent_as != NULL ? row->sent_as : row->command, value);
}
